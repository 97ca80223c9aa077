-- Deploy tradebase:identity/acting_user_id to pg
-- requires: core/current_user_id
-- requires: identity/user_sessions_access
-- requires: identity/users
-- requires: system/system_config_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.acting_user_id()
RETURNS uuid
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Asked by every command: the login for people would plan it anew each time.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    claims  CONSTANT jsonb := nullif(current_setting('request.jwt.claims', TRUE), '')::jsonb;
    acting  CONSTANT uuid := core.current_user_id();
    session CONSTANT text := claims ->> 'session_id';
    status  text;
    is_live boolean;
BEGIN
    IF claims ->> 'is_anonymous' = 'true' THEN
        RAISE EXCEPTION 'an anonymous user may not do this'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('is_anonymous', TRUE);
    END IF;
    SELECT u.status, s.id IS NOT NULL INTO status, is_live
    FROM identity.users AS u
    LEFT JOIN identity.user_sessions AS s
        ON
            s.id = CASE WHEN session ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN session::uuid END
            AND s.user_id = u.id AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
    WHERE u.id = acting;
    -- The command itself says that a request speaks for nobody, or for somebody who is no user.
    IF NOT found THEN
        RETURN acting;
    END IF;

    -- Somebody else's session, one that is over and one that never was are the same.
    IF NOT is_live AND (
        session IS NOT NULL
        OR (SELECT c.value::boolean FROM system.system_config AS c WHERE c.key = 'session_required') IS NOT FALSE
    ) THEN
        RAISE EXCEPTION 'the session is over'
            USING ERRCODE = 'TR501', DETAIL = jsonb_build_object('claim', 'session_id'), HINT = 'Sign in again.';
    END IF;
    IF status NOT IN ('active', 'restricted') THEN
        RAISE EXCEPTION 'the user may not do this'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', status);
    END IF;
    RETURN acting;
END
$$;

COMMENT ON FUNCTION identity.acting_user_id() IS
'The user of this request, for whatever they command: each command of a user, and each policy by which one changes a '
'row, takes its user from here and from nowhere else. NULL when nobody is signed in. TR008 the user is suspended, '
'closed or anonymous; TR501 the token''s session is unknown, over or somebody else''s, or it names none and setting '
'session_required is true.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.acting_user_id() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

-- Runs inside the definer functions of the kernel, and in the policies of what users change themselves.
GRANT EXECUTE ON FUNCTION identity.acting_user_id() TO authenticated;

COMMIT;
