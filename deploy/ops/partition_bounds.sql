-- Deploy tradebase:ops/partition_bounds to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.partition_bounds(parent regclass)
RETURNS TABLE (leaf regclass, is_default boolean, from_at timestamptz, to_at timestamptz)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- A bound is printed, and read back, in the session's zone and style.
SET timezone = 'UTC'
SET datestyle = 'ISO'
AS $$
BEGIN
    RETURN QUERY
    SELECT
        c.oid::regclass,
        b.bound = 'DEFAULT',
        (regexp_match(b.bound, $x$FROM \('([^']+)'\)$x$))[1]::timestamptz,
        (regexp_match(b.bound, $x$TO \('([^']+)'\)$x$))[1]::timestamptz
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
    -- 0: there is no column in it, and the leaf need not be opened, which costs thirty pages of the catalog.
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_expr(c.relpartbound, 0) AS bound) AS b
    -- One that is being detached shows its rows no more.
    WHERE i.inhparent = partition_bounds.parent AND NOT i.inhdetachpending
    ORDER BY 3, 1;
END
$$;

COMMENT ON FUNCTION ops.partition_bounds(regclass) IS
'The leaves of a table partitioned by one timestamptz: from_at is inside, to_at outside the leaf; NULL is MINVALUE or '
'MAXVALUE.';

GRANT EXECUTE ON FUNCTION ops.partition_bounds(regclass)
TO tradebase_kernel, tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
