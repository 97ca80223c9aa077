-- identity.end_auth_session(): who signs out of the auth service commands nothing here, and no trouble of ours stops them.

BEGIN;
SELECT plan(13);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'end_auth_session', ARRAY[]::text[]);
SELECT function_owner_is('identity', 'end_auth_session', ARRAY[]::text[], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('identity.end_auth_session()'), '{}', 'nobody makes another trigger of it');

-- Sessions of an auth service, as Supabase has them; where it is there, its own table and its own trigger.
DO $$
BEGIN
    IF to_regclass('auth.sessions') IS NULL THEN
        CREATE TABLE auth.sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL, created_at timestamptz, updated_at timestamptz);
        CREATE TRIGGER sessions_tradebase_end AFTER DELETE ON auth.sessions REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION identity.end_auth_session();
    END IF;
END
$$;
\set one 5e551011-0000-4000-8000-000000000001
\set two 5e551011-0000-4000-8000-000000000002
\set bobs 5e551011-0000-4000-8000-00000000000b
\set unseen 5e551011-0000-4000-8000-0000000000ff
INSERT INTO auth.sessions (id, user_id) VALUES
(:'one', :'alice'), (:'two', :'alice'), (:'bobs', :'bob'), (:'unseen', :'alice');
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
(:'one', :'alice', 'infinity'), (:'two', :'alice', 'infinity'), (:'bobs', :'bob', 'infinity');
PREPARE alive AS
SELECT s.id FROM identity.user_sessions AS s
WHERE s.user_id IN (:'alice', :'bob') AND s.revoked_at IS NULL ORDER BY s.id;
PREPARE signs_out(uuid) AS DELETE FROM auth.sessions WHERE id = $1;
PREPARE failures AS
SELECT j.detail ->> 'user_id', j.detail ->> 'session_id', j.detail ->> 'sqlstate' FROM ops.job_runs AS j
WHERE j.job = 'identity.end_auth_session' AND j.detail ->> 'user_id' IN (:'alice', :'bob');

SELECT lives_ok(format('EXECUTE signs_out(%L)', :'one'), 'Alice signs out');
SELECT results_eq('alive', ARRAY[:'two', :'bobs']::uuid[], 'there, and nowhere else');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'one'), TRUE);
SELECT throws_ok('SELECT api.cancel_all_orders()', 'TR501', 'the session is over', 'her token commands nothing more');
RESET ROLE;
SELECT lives_ok(format('EXECUTE signs_out(%L)', :'unseen'), 'a session that no hook ever saw is signed out too');
SELECT lives_ok('DELETE FROM auth.sessions WHERE id = gen_random_uuid()', 'and none is none');
SELECT is_empty('failures', 'there is nothing to report');

-- The warning that follows is part of the deed, but no part of this report.
SET LOCAL client_min_messages = error;
ALTER TABLE identity.user_sessions ADD CONSTRAINT user_sessions_sabotage_check CHECK (FALSE) NOT VALID;
SELECT lives_ok(format('EXECUTE signs_out(%L)', :'two'), 'she signs out although nothing can be written here');
SELECT results_eq('alive', ARRAY[:'two', :'bobs']::uuid[], 'the session lives on');
SELECT results_eq(
    'failures', format('VALUES (%L, %L, %L)', :'alice', :'two', '23514'), 'and that is on record, with whose it is'
);
REVOKE INSERT ON ops.job_runs FROM tradebase_kernel;
SELECT lives_ok(format('EXECUTE signs_out(%L)', :'bobs'), 'Bob signs out although not even that can be written');

SELECT finish();
ROLLBACK;
