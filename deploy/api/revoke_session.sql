-- Deploy tradebase:api/revoke_session to pg
-- requires: identity/revoke_session

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.revoke_session(session_id uuid)
RETURNS integer
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.revoke_session(session_id);

COMMENT ON FUNCTION api.revoke_session(uuid) IS
'Ends one of my sessions; see identity.revoke_sessions_for().';

GRANT EXECUTE ON FUNCTION api.revoke_session(uuid) TO authenticated;

COMMIT;
