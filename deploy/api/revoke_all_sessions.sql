-- Deploy tradebase:api/revoke_all_sessions to pg
-- requires: identity/revoke_all_sessions

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.revoke_all_sessions()
RETURNS integer
LANGUAGE sql
VOLATILE
RETURN identity.revoke_all_sessions();

COMMENT ON FUNCTION api.revoke_all_sessions() IS
'Ends all my sessions, this one too; see identity.revoke_sessions_for().';

GRANT EXECUTE ON FUNCTION api.revoke_all_sessions() TO authenticated;

COMMIT;
