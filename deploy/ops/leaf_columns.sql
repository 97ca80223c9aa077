-- Deploy tradebase:ops/leaf_columns to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.leaf_columns(parent regclass)
RETURNS name[]
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(a.attname ORDER BY a.attnum)
    FROM pg_attribute AS a
    WHERE a.attrelid = leaf_columns.parent AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
END;

COMMENT ON FUNCTION ops.leaf_columns(regclass) IS
'The columns of a table that hold what was written, in their order; not those that are generated from others.';

-- For the owner alone, and what runs as the owner.
COMMIT;
