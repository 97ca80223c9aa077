-- Deploy tradebase:api/feature_flags to pg
-- requires: system/my_flags

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.feature_flags()
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
RETURN system.my_flags();

COMMENT ON FUNCTION api.feature_flags() IS
'The public flags, and whether each is on for me: {key: true or false}.';

GRANT EXECUTE ON FUNCTION api.feature_flags()
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
