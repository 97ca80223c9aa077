-- Deploy tradebase:api/revoke_sessions_for to pg
-- requires: identity/revoke_sessions_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.revoke_sessions_for(user_id uuid, session_id uuid DEFAULT NULL)
RETURNS integer
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.revoke_sessions_for(user_id, session_id);

COMMENT ON FUNCTION api.revoke_sessions_for(uuid, uuid) IS
'Ends one session of a user, or all of them; see identity.revoke_sessions_for().';

GRANT EXECUTE ON FUNCTION api.revoke_sessions_for(uuid, uuid) TO service_role;

COMMIT;
