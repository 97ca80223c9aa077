-- Deploy tradebase:api/support_close to pg
-- requires: identity/support_close

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.support_close()
RETURNS boolean
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.support_close();

COMMENT ON FUNCTION api.support_close() IS
'Closes the customer whom I have open; see identity.support_close().';

GRANT EXECUTE ON FUNCTION api.support_close() TO tradebase_support;

COMMIT;
