-- Deploy tradebase:identity/end_auth_session to pg
-- requires: identity/revoke_sessions_for
-- requires: identity/user_sessions_access
-- requires: ops/job_runs_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.end_auth_session()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    started CONSTANT timestamptz := clock_timestamp();
    state   text;
    message text;
BEGIN
    PERFORM identity.revoke_sessions_for(s.user_id, s.id)
    FROM identity.user_sessions AS s
    JOIN old_rows AS o ON o.id = s.id
    WHERE s.revoked_at IS NULL;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN -- whatever is wrong with us, a sign-out must go on
    state := sqlstate;
    message := sqlerrm;
    RAISE WARNING 'sessions that were signed out are not ended: %', message
        USING HINT = 'Mend the cause, then identity.revoke_sessions_for() for those named in ops.job_runs.';
    BEGIN
        INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
        SELECT
            'identity.end_auth_session', started, clock_timestamp(), 'failed',
            jsonb_build_object(
                'user_id', o.user_id, 'session_id', o.id, 'sqlstate', state, 'message', message
            )
        FROM old_rows AS o;
    EXCEPTION WHEN OTHERS THEN -- nor may the note about it stop the sign-out
        RAISE WARNING 'nor is that on record in ops.job_runs: %', sqlerrm;
    END;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION identity.end_auth_session() IS
'Trigger of Supabase''s auth.sessions: a session that is signed out there ends here, and with it the commands of its '
'tokens. A failure warns and leaves a row in ops.job_runs for each; it never fails the sign-out.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.end_auth_session() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

-- Without it an access token would command until it expires, an hour after its user has signed out.
DO $$
BEGIN
    IF to_regclass('auth.sessions') IS NOT NULL THEN
        CREATE TRIGGER sessions_tradebase_end
        AFTER DELETE ON auth.sessions
        REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION identity.end_auth_session();
    END IF;
END
$$;

COMMIT;
