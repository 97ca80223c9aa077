-- Deploy tradebase:api/revoke_all_sessions to pg
-- requires: identity/revoke_all_sessions

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.revoke_all_sessions()
RETURNS integer
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.revoke_all_sessions();

COMMENT ON FUNCTION api.revoke_all_sessions() IS
'Ends all my sessions, this one too; see identity.revoke_sessions_for().';

GRANT EXECUTE ON FUNCTION api.revoke_all_sessions() TO authenticated;

COMMIT;
