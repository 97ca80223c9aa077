-- Deploy tradebase:identity/revoke_session to pg
-- requires: identity/acting_user_id
-- requires: identity/revoke_sessions_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.revoke_session(session_id uuid)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    acting uuid;
BEGIN
    acting := identity.acting_user_id();
    -- To the function below, no session means all of them.
    IF session_id IS NULL THEN
        RAISE EXCEPTION 'invalid session_id'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'session_id');
    END IF;
    RETURN identity.revoke_sessions_for(acting, session_id);
END
$$;

COMMENT ON FUNCTION identity.revoke_session(uuid) IS
'Ends a session of who is signed in: see identity.revoke_sessions_for(). TR010 no session_id.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.revoke_session(uuid) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.revoke_session(uuid) TO authenticated;

COMMIT;
