-- Deploy tradebase:audit/changed to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- Text that is joined and cast once a row: building jsonb column by column costs half as much again. Inlined, so that
-- a column that did not change costs one comparison.
CREATE FUNCTION audit.changed(name text, is_changed boolean, value text)
RETURNS text
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN CASE WHEN is_changed THEN '"' || name || '":' || coalesce(value, 'null') END;

COMMENT ON FUNCTION audit.changed(text, boolean, text) IS
'A member of a JSON object, "name":value, when the column changed; NULL when it did not. value is JSON''s text, '
'NULL its null. For the bodies that audit.trigger_body() writes, which say TRUE for every column of a whole row.';

GRANT EXECUTE ON FUNCTION audit.changed(text, boolean, text) TO tradebase_kernel;

COMMIT;
