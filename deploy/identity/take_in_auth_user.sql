-- Deploy tradebase:identity/take_in_auth_user to pg
-- requires: identity/ensure_user
-- requires: ops/job_runs_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.take_in_auth_user()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Behind a lock on our tables a sign-up waits this long, once for its rows and once for the note, and goes on.
SET lock_timeout = '2s'
AS $$
DECLARE
    started CONSTANT timestamptz := clock_timestamp();
    state   text;
    message text;
BEGIN
    PERFORM identity.ensure_user(new.id);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN -- whatever is wrong with us, a sign-up must go on
    state := sqlstate;
    message := sqlerrm;
    RAISE WARNING 'user % is not taken in: %', new.id, message
        USING HINT = format('Mend the cause, then SELECT identity.ensure_user(%L).', new.id);
    BEGIN
        INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
        VALUES (
            'identity.take_in_auth_user', started, clock_timestamp(), 'failed',
            jsonb_build_object('user_id', new.id, 'sqlstate', state, 'message', message)
        );
    EXCEPTION WHEN OTHERS THEN -- nor may the note about it stop the sign-up
        RAISE WARNING 'nor is that on record in ops.job_runs: %', sqlerrm;
    END;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION identity.take_in_auth_user() IS
'Trigger of auth.users: a new user gets their rows by identity.ensure_user(). A failure warns and leaves a row in '
'ops.job_runs; it never fails the sign-up.';

CREATE TRIGGER users_tradebase_take_in
AFTER INSERT ON auth.users
FOR EACH ROW EXECUTE FUNCTION identity.take_in_auth_user();

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.take_in_auth_user() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

-- Those who signed up before the trigger was there. If row level security hides some of them from us, that is an error
-- and not an empty list.
DO $$
DECLARE
    early uuid[];
BEGIN
    SET LOCAL row_security = off;
    early := ARRAY(SELECT u.id FROM auth.users AS u);
    SET LOCAL row_security = on;
    PERFORM identity.ensure_user(e.id) FROM unnest(early) AS e (id);
END
$$;

COMMIT;
