-- Deploy tradebase:ops/schedule_maintenance to pg
-- requires: ops/due_maintenance

BEGIN;

CALL ops.guard_deploy();

-- pg_cron sends a job of one statement outside of a transaction, so that each due statement becomes a job of its own, a
-- minute after the one before. Text, because no extension is needed to deploy.
CREATE FUNCTION ops.hand_over_maintenance()
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    -- By pg_cron's clock.
    begins_at CONSTANT timestamp := date_trunc(
        'minute', clock_timestamp() AT TIME ZONE coalesce(current_setting('cron.timezone', TRUE), 'GMT')
    );
    due       record;
    handed    integer := 0;
BEGIN
    -- Yesterday's, which have run.
    EXECUTE format(
        'SELECT cron.unschedule(j.jobid) FROM cron.job AS j WHERE starts_with(j.jobname, %L) AND j.database = %L',
        'tradebase maintenance ', current_database()
    );
    FOR due IN
        SELECT d.statement FROM ops.due_maintenance(CURRENT_DATE) AS d
        WHERE d.statement IS NOT NULL AND d.n > 1
    LOOP
        handed := handed + 1;
        EXECUTE format(
            'SELECT cron.schedule(%L, %L, %L)', 'tradebase maintenance ' || handed,
            to_char(begins_at + make_interval(mins => handed + 1), 'FMMI FMHH24 FMDD FMMM "*"'), due.statement
        );
    END LOOP;
    RETURN handed;
END
$$;

COMMENT ON FUNCTION ops.hand_over_maintenance() IS
'Makes a job of pg_cron of each statement that is due today after the leaves ahead, a minute apart; takes the jobs of '
'the day before away. Returns how many. The nightly job of ops.schedule_maintenance() calls it.';

CREATE FUNCTION ops.schedule_maintenance(schedule text DEFAULT '5 0 * * *')
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('cron.job') IS NULL THEN
        RAISE EXCEPTION 'pg_cron is not in this database'
            USING ERRCODE = 'feature_not_supported', HINT = 'Run tradebase maintain from cron or a timer instead.';
    END IF;
    -- By itself: an error of what else is due must not take the new leaves back.
    EXECUTE format(
        'SELECT cron.schedule(%L, %L, %L)', 'tradebase runway', schedule,
        'SELECT * FROM ops.ensure_partitions(CURRENT_DATE)'
    );
    EXECUTE format(
        'SELECT cron.schedule(%L, %L, %L)', 'tradebase maintenance', schedule, 'SELECT ops.hand_over_maintenance()'
    );
END
$$;

COMMENT ON FUNCTION ops.schedule_maintenance(text) IS
'Has pg_cron do the maintenance every night (by its own clock, cron.timezone), as the owner who calls this; again with another '
'schedule changes it. 0A000 pg_cron is not in this database.';

-- For the owner alone: a job runs as who made it.
COMMIT;
