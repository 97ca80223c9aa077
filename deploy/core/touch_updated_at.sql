-- Deploy tradebase:core/touch_updated_at to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.touch_updated_at()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    new.updated_at := clock_timestamp();
    RETURN new;
END
$$;

COMMENT ON FUNCTION core.touch_updated_at() IS
'BEFORE UPDATE trigger of tables that people edit: updated_at is the server''s, whatever the statement says.';

COMMIT;
