-- Deploy tradebase:ops/run_job to pg
-- requires: market/roll_candles
-- requires: monitoring/sample_storage
-- requires: ops/job_runs_access
-- requires: ops/verify_integrity
-- requires: portfolio/compute_analytics
-- requires: portfolio/snapshot_portfolio

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.run_job(job text, arguments jsonb)
RETURNS text
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    started  CONSTANT timestamptz := clock_timestamp();
    done     integer;
    violated jsonb;
    state    text;
    message  text;
    detail   text;
BEGIN
    IF (
        job IN (
            'market.roll_candles', 'portfolio.snapshot_portfolio', 'portfolio.compute_analytics',
            'monitoring.sample_storage', 'ops.verify_integrity'
        )
        AND jsonb_typeof(arguments) = 'object'
    ) IS NOT TRUE THEN
        RAISE EXCEPTION 'no such job, or arguments that are no object'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'job', 'job', job);
    END IF;

    -- Two at once take turns: neither is a failure of the other. Who only reads, and for long, keeps nobody waiting.
    IF job <> 'ops.verify_integrity' THEN
        PERFORM pg_advisory_xact_lock(7475, 0);
    END IF;
    BEGIN
        IF job = 'ops.verify_integrity' THEN
            SELECT
                count(*)::integer,
                coalesce(jsonb_object_agg(v.check_name, v.bad_count) FILTER (WHERE v.bad_count > 0), '{}')
            INTO done, violated
            FROM ops.verify_integrity((arguments ->> 'on')::date) AS v;
            -- It ran, and what it found is no success.
            IF violated <> '{}' THEN
                state := 'TR903';
                message := 'the books break a promise: SELECT * FROM ops.verify_integrity() says whose';
            END IF;
        END IF;
        done := CASE job
            WHEN 'ops.verify_integrity' THEN done
            WHEN 'monitoring.sample_storage' THEN monitoring.sample_storage()
            WHEN 'market.roll_candles' THEN
                market.roll_candles(arguments ->> 'market', (arguments ->> 'upto_seq')::bigint, 100000)
            WHEN 'portfolio.snapshot_portfolio' THEN
                portfolio.snapshot_portfolio('daily', (arguments ->> 'on')::date::timestamptz)
            ELSE portfolio.compute_analytics(as_of => (arguments ->> 'on')::date)
        END;
    EXCEPTION WHEN OTHERS THEN -- what failed is kept on record, which an error would undo
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
        detail := nullif(detail, '');
        RAISE WARNING '% failed: % %', job, message, detail;
        -- One customer's coin without a price costs nobody else their day, which does not come again.
        IF job = 'portfolio.snapshot_portfolio' AND state = 'TR007' THEN
            done := portfolio.snapshot_portfolio('daily', (arguments ->> 'on')::date::timestamptz, priced_only => TRUE);
        END IF;
    END;

    INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
    VALUES (
        run_job.job, started, clock_timestamp(), CASE WHEN state IS NULL THEN 'succeeded' ELSE 'failed' END,
        arguments || jsonb_strip_nulls(
            jsonb_build_object(
                'done', done, 'violated', violated, 'sqlstate', state, 'message', message, 'detail', detail
            )
        )
    );
    RETURN nullif(concat_ws(' ', state, message, detail), '');
END
$$;

COMMENT ON FUNCTION ops.run_job(text, jsonb) IS
'Does one thing that ops.due_maintenance() says is due, and keeps in ops.job_runs how it ended; returns what went wrong, '
'NULL when nothing did. market.roll_candles: {"market", "upto_seq"}. portfolio.snapshot_portfolio, the daily one, '
'of those who have what has a price where not all have, portfolio.compute_analytics and ops.verify_integrity: '
'{"on": "2031-01-15"}. monitoring.sample_storage: {}. TR010 no such job.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.run_job(text, jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.run_job(text, jsonb) TO tradebase_worker;

COMMIT;
