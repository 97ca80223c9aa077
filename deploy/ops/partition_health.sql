-- Deploy tradebase:ops/partition_health to pg
-- requires: ops/job_runs_access
-- requires: ops/leaf_period
-- requires: ops/leaf_problems
-- requires: ops/partition_bounds
-- requires: ops/partition_policies_access
-- requires: ops/retired_leaves_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.partition_health(on_date date)
RETURNS TABLE (parent regclass, leaves bigint, runway integer, months integer, problems text[])
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    policy  ops.partition_policies%ROWTYPE;
    step    interval;
    next_at timestamptz;
BEGIN
    IF (on_date BETWEEN DATE '1900-01-01' AND DATE '2999-12-31') IS NOT TRUE THEN
        RAISE EXCEPTION 'on_date is a date between 1900 and 2999'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'on_date');
    END IF;

    FOR policy IN SELECT * FROM ops.partition_policies AS p ORDER BY p.parent::text LOOP
        parent := policy.parent;
        step := ('1 ' || policy.period)::interval;

        SELECT count(*) INTO leaves FROM ops.partition_bounds(policy.parent);
        SELECT coalesce(array_agg(l.problem ORDER BY l.problem), '{}') INTO problems
        FROM ops.partition_bounds(policy.parent) AS b
        CROSS JOIN LATERAL unnest(
            ops.leaf_problems(b.leaf) || CASE
                WHEN b.is_default THEN format('%s: is a DEFAULT partition', b.leaf)
                WHEN NOT EXISTS (
                    SELECT FROM pg_catalog.pg_class AS c
                    CROSS JOIN LATERAL ops.leaf_period(c.relname) AS named
                    WHERE
                        c.oid = b.leaf AND named.parent = policy.parent
                        AND (named.from_at, named.to_at) = (b.from_at, b.to_at)
                ) AND b.to_at IS NOT NULL AND b.to_at <> 'infinity'
                    THEN format('%s: its name says no %s of its table, so that it never retires', b.leaf, policy.period)
            END
        ) AS l (problem)
        WHERE l.problem IS NOT NULL;

        -- Whole periods after the one that holds on_date, without a gap.
        runway := -1;
        next_at := pg_catalog.date_trunc(policy.period, on_date::timestamptz);
        WHILE EXISTS (
            SELECT FROM ops.partition_bounds(policy.parent) AS b
            WHERE b.from_at <= next_at AND b.to_at >= next_at + step
        ) LOOP
            runway := runway + 1;
            next_at := next_at + step;
        END LOOP;
        months := CASE WHEN runway < 0 THEN 0 ELSE (
            SELECT (extract(year FROM a.ahead) * 12 + extract(month FROM a.ahead))::integer
            FROM age(next_at, on_date::timestamptz) AS a (ahead)
        ) END;
        IF runway < 0 THEN
            problems := problems || format('%s: no leaf holds %s', policy.parent, on_date);
        ELSIF runway < policy.premake THEN
            problems := problems
            || format('%s: %s of %s leaves ready after %s', policy.parent, runway, policy.premake, on_date);
        END IF;

        SELECT problems || coalesce(array_agg(
            format('%s: its detach was interrupted, and its rows are not seen: FINALIZE it', i.inhrelid::regclass)
        ), '{}') INTO problems
        FROM pg_catalog.pg_inherits AS i
        WHERE i.inhparent = policy.parent AND i.inhdetachpending;
        -- What is on its way, or stuck there: whoever sends what is due may keep no record of it.
        SELECT problems || coalesce(array_agg(format('%s: %s', away.leaf, away.problem) ORDER BY away.leaf), '{}') INTO problems
        FROM (
            SELECT 'partitions.' || c.relname AS leaf, 'it is off its table, and not on record' AS problem
            FROM pg_catalog.pg_class AS c
            CROSS JOIN LATERAL ops.leaf_period(c.relname) AS named
            WHERE
                c.relnamespace = to_regnamespace('partitions') AND c.relkind = 'r' AND NOT c.relispartition
                AND named.parent = policy.parent
            UNION ALL
            SELECT 'attic.' || r.leaf, 'tradebase maintain --export-to has not written it to a file'
            FROM ops.retired_leaves AS r
            WHERE
                r.parent = policy.parent AND policy.action = 'export' AND r.exported_at IS NULL
                AND r.dropped_at IS NULL AND r.reattached_at IS NULL
        ) AS away;
        -- Of the last run of each job: the next one that succeeds takes it away.
        SELECT problems || coalesce(array_agg(
            format('%s: %s failed on %s: %s', policy.parent, r.job, r.started_at::date, said.problem) ORDER BY r.job
        ), '{}') INTO problems
        FROM (
            SELECT DISTINCT ON (j.job) j.job, j.started_at, j.detail
            FROM ops.job_runs AS j
            WHERE j.job IN ('ops.ensure_partitions', 'ops.due_maintenance') AND j.status <> 'running'
            ORDER BY j.job, j.started_at DESC
        ) AS r
        CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(r.detail -> 'parents') AS said (parent text, problem text)
        -- What kept a run from telling what is due is every table's.
        WHERE coalesce(said.parent, policy.parent::text) = policy.parent::text AND said.problem IS NOT NULL;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION ops.partition_health(date) IS
'One row per table in ops.partition_policies: its leaves, how many periods after on_date have one (-1: not even '
'on_date''s own), how many whole months from on_date on can be written to, and what is wrong: with a leaf, with the '
'runway, with what has left and is not where it belongs, with the last run of what maintains them. Healthy: problems is empty.';

GRANT EXECUTE ON FUNCTION ops.partition_health(date)
TO tradebase_kernel, tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
