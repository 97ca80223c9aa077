-- Deploy tradebase:ops/partition_health to pg
-- requires: ops/partition_policies_access
-- requires: ops/partition_bounds
-- requires: ops/leaf_problems

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.partition_health(on_date date)
RETURNS TABLE (parent regclass, leaves bigint, runway integer, problems text[])
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
            ops.leaf_problems(b.leaf) || CASE WHEN b.is_default THEN format('%s: is a DEFAULT partition', b.leaf) END
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
        IF runway < 0 THEN
            problems := problems || format('%s: no leaf holds %s', policy.parent, on_date);
        ELSIF runway < policy.premake THEN
            problems := problems
            || format('%s: %s of %s leaves ready after %s', policy.parent, runway, policy.premake, on_date);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION ops.partition_health(date) IS
'One row per table in ops.partition_policies: its leaves, how many periods after on_date have one (-1: not even '
'on_date''s own), and what is wrong with them. Healthy: problems is empty.';

GRANT EXECUTE ON FUNCTION ops.partition_health(date)
TO tradebase_kernel, tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
