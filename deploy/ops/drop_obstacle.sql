-- Deploy tradebase:ops/drop_obstacle to pg
-- requires: ops/retirement_obstacle

BEGIN;

CALL ops.guard_deploy();

-- By the clock and the policy of this moment, not by what was so when the leaf left its table: rows that are dropped do
-- not come back, whoever has detached them, and why.
CREATE FUNCTION ops.drop_obstacle(parent regclass, to_at timestamptz, is_exported boolean)
RETURNS text
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    policy ops.partition_policies%ROWTYPE;
BEGIN
    SELECT * INTO policy FROM ops.partition_policies AS p WHERE p.parent = drop_obstacle.parent;
    RETURN CASE
        WHEN policy.action = 'detach' THEN 'its table''s policy is to keep it in the attic'
        WHEN policy.action = 'export' AND is_exported IS NOT TRUE
            THEN 'tradebase maintain --export-to writes it to a file first'
        WHEN policy.retention IS NULL THEN 'its table is kept for ever'
        WHEN (to_at <= clock_timestamp() - policy.retention) IS NOT TRUE
            THEN format('it is younger than its table''s retention, %s', policy.retention)
        ELSE ops.retirement_obstacle(parent, to_at)
    END;
END
$$;

COMMENT ON FUNCTION ops.drop_obstacle(regclass, timestamptz, boolean) IS
'Why a leaf of this table that ends at to_at and has left it may not be dropped; NULL when it may: the policy is to drop '
'it, or to export it and a file holds it, it is older than the retention, and ops.retirement_obstacle() knows of nothing.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.drop_obstacle(regclass, timestamptz, boolean) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.drop_obstacle(regclass, timestamptz, boolean)
TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
