-- Deploy tradebase:identity/revoke_sessions_for to pg
-- requires: identity/support_openings_access
-- requires: identity/user_sessions_access
-- requires: identity/users_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.revoke_sessions_for(user_id uuid, session_id uuid DEFAULT NULL)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ended integer;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'invalid user_id' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'user_id');
    END IF;
    UPDATE identity.user_sessions AS s SET revoked_at = clock_timestamp()
    WHERE
        s.user_id = revoke_sessions_for.user_id AND s.revoked_at IS NULL
        AND (revoke_sessions_for.session_id IS NULL OR s.id = revoke_sessions_for.session_id);
    GET DIAGNOSTICS ended = ROW_COUNT;
    -- One that is over already is ended again without a word; one of somebody else is as unknown as none at all.
    IF session_id IS NOT NULL AND ended = 0 THEN
        PERFORM FROM identity.user_sessions AS s
        WHERE s.id = revoke_sessions_for.session_id AND s.user_id = revoke_sessions_for.user_id;
        IF NOT found THEN
            RAISE EXCEPTION 'unknown session'
                USING ERRCODE = 'TR502', DETAIL = jsonb_build_object('session_id', session_id);
        END IF;
    END IF;
    -- Whom they have open as support is closed with it; who is still signed in may open again.
    UPDATE identity.support_openings AS o SET closed_at = clock_timestamp()
    WHERE o.staff_user_id = revoke_sessions_for.user_id AND o.closed_at IS NULL;
    RETURN ended;
END
$$;

COMMENT ON FUNCTION identity.revoke_sessions_for(uuid, uuid) IS
'Ends one session of a user, or all of them, at once and whatever their tokens say, and closes whom they have open as '
'support; returns how many sessions. TR010 no user, TR502 the user has no such session.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.revoke_sessions_for(uuid, uuid) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.revoke_sessions_for(uuid, uuid) TO service_role, tradebase_operator;

COMMIT;
