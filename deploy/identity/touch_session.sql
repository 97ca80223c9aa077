-- Deploy tradebase:identity/touch_session to pg
-- requires: identity/user_sessions_access
-- requires: identity/users_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.touch_session(session_id uuid, token text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    session identity.user_sessions%ROWTYPE;
BEGIN
    SELECT s.* INTO session
    FROM identity.user_sessions AS s
    JOIN identity.users AS u ON u.id = s.user_id
    WHERE
        s.id = touch_session.session_id AND s.token_hash = sha256(convert_to(touch_session.token, 'UTF8'))
        AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp() AND u.status <> 'closed';
    -- One answer for all that can be wrong: nobody learns which.
    IF NOT found THEN
        RAISE EXCEPTION 'the session is over'
            USING ERRCODE = 'TR501', DETAIL = jsonb_build_object('argument', 'session_id'), HINT = 'Sign in again.';
    END IF;

    -- At most once a minute, and never behind another who is at it.
    IF session.last_seen_at < clock_timestamp() - INTERVAL '1 minute' THEN
        UPDATE identity.user_sessions AS s SET last_seen_at = clock_timestamp()
        WHERE s.id = (
            SELECT t.id FROM identity.user_sessions AS t
            WHERE t.id = session.id AND t.last_seen_at = session.last_seen_at
            FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
    RETURN jsonb_build_object(
        'session_id', session.id, 'user_id', session.user_id, 'expires_at', session.expires_at
    );
END
$$;

COMMENT ON FUNCTION identity.touch_session(uuid, text) IS
'Checks a session and its token for a service, and answers {session_id, user_id, expires_at}. Writes that it was '
'seen, at most once a minute. TR501 unknown, revoked or expired, or not its token.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.touch_session(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.touch_session(uuid, text) TO service_role;

COMMIT;
