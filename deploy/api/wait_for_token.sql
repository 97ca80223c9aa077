-- Deploy tradebase:api/wait_for_token to pg
-- requires: core/wait_for_token

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.wait_for_token(token text, timeout interval DEFAULT '1 second')
RETURNS void
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN core.wait_for_token(token, timeout);

COMMENT ON FUNCTION api.wait_for_token(text, interval) IS
'On a replica, before I read what I have just written; see core.wait_for_token() for what it waits for and refuses. '
'PostgREST of a replica calls it by GET: a POST would begin a transaction that writes.';

GRANT EXECUTE ON FUNCTION api.wait_for_token(text, interval) TO authenticated, service_role, tradebase_reporter;

COMMIT;
