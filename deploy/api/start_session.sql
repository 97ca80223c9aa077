-- Deploy tradebase:api/start_session to pg
-- requires: identity/start_session

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.start_session(user_id uuid, token text, ip inet DEFAULT NULL, device_hash bytea DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.start_session(user_id, token, ip, device_hash);

COMMENT ON FUNCTION api.start_session(uuid, text, inet, bytea) IS
'Starts a session of a user whom a service has signed in; see identity.start_session() for what it answers and keeps.';

GRANT EXECUTE ON FUNCTION api.start_session(uuid, text, inet, bytea) TO service_role;

COMMIT;
