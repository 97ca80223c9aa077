-- Deploy tradebase:identity/revoke_all_sessions to pg
-- requires: identity/acting_user_id
-- requires: identity/revoke_sessions_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.revoke_all_sessions()
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN identity.revoke_sessions_for(identity.acting_user_id());
END
$$;

COMMENT ON FUNCTION identity.revoke_all_sessions() IS
'Ends every session of who is signed in, this one too: see identity.revoke_sessions_for().';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.revoke_all_sessions() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.revoke_all_sessions() TO authenticated;

COMMIT;
