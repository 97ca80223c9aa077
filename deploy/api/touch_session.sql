-- Deploy tradebase:api/touch_session to pg
-- requires: identity/touch_session

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.touch_session(session_id uuid, token text)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.touch_session(session_id, token);

COMMENT ON FUNCTION api.touch_session(uuid, text) IS
'Checks a session and its token, and notes that it was seen; see identity.touch_session().';

GRANT EXECUTE ON FUNCTION api.touch_session(uuid, text) TO service_role;

COMMIT;
