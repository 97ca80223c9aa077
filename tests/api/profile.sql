-- api.profile: what I say of myself, which I edit in place, and what I am here, which I do not.

BEGIN;
SELECT plan(21);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'profile', ARRAY[
    'user_id', 'display_name', 'country', 'timezone', 'preferences', 'updated_at', 'status', 'fee_tier'
]);
SELECT is(
    pg_temp.grants_on('api.profile'), ARRAY[
        'authenticated: SELECT, UPDATE (country, display_name, preferences, timezone)',
        'tradebase_support: SELECT'
    ], 'users read and edit it, support reads it'
);
\set session 5e551011-0000-4000-8000-00000000000a
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES (:'session', :'alice', 'infinity');
SELECT format('{"sub": "%s", "session_id": "%s"}', :'alice', :'session') AS in_session \gset
UPDATE identity.profiles SET display_name = 'Bob' WHERE user_id = :'bob';
PREPARE seen AS SELECT p.user_id, p.display_name, p.status, p.fee_tier FROM api.profile AS p;
PREPARE rename(text) AS UPDATE api.profile SET display_name = $1;
PREPARE rename_bob AS
UPDATE api.profile SET display_name = 'Robert' WHERE user_id = :'bob' RETURNING user_id;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'no service');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('seen', 'nobody is nobody');
SELECT set_config('request.jwt.claims', :'in_session', TRUE);
SELECT lives_ok($$ EXECUTE rename('Alice') $$, 'Alice says her name');
SELECT results_eq(
    'seen', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'Alice', 'active', 'standard') $$,
    'and reads it, and what she is'
);
SELECT is_empty('rename_bob', 'Bob she renames without an error and without effect');
SELECT throws_ok(
    $$ UPDATE api.profile SET status = 'active' $$, '0A000', NULL, 'what she is here is not hers to say'
);
SELECT throws_ok($$ UPDATE api.profile SET user_id = gen_random_uuid() $$, '42501', NULL, 'nor who');
SELECT throws_ok($$ INSERT INTO api.profile (user_id) VALUES (gen_random_uuid()) $$, '42501', NULL, 'she makes no other');
SELECT throws_ok('DELETE FROM api.profile', '42501', NULL, 'and removes none');
SELECT throws_ok($$ EXECUTE rename(E'Al\u200Bice') $$, '23514', NULL, 'a name that cannot be seen is none');

-- To edit is a command.
SELECT set_config('request.jwt.claims', (:'in_session'::jsonb || '{"is_anonymous": true}')::text, TRUE);
SELECT throws_ok($$ EXECUTE rename('x') $$, 'TR008', 'an anonymous user may not do this', 'not for who is anonymous');
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'in_session', TRUE);
SELECT throws_ok($$ EXECUTE rename('x') $$, 'TR008', 'the user may not do this', 'nor who is suspended');
SELECT results_eq('SELECT status FROM api.profile', ARRAY['suspended'], 'who reads that they are');
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'alice';
UPDATE identity.user_sessions SET revoked_at = now() WHERE id = :'session';
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE rename('x') $$, 'TR501', 'the session is over', 'nor in a session that is over');
SELECT isnt_empty('seen', 'which still reads until its token expires');

-- Support
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is_empty('seen', 'support sees nobody');
SELECT identity.support_open(:'bob', 'A call.') IS NOT NULL AS opened;
SELECT results_eq('SELECT display_name FROM api.profile', ARRAY['Bob'], 'until they open a customer');
SELECT throws_ok($$ EXECUTE rename('x') $$, '42501', NULL, 'whom they do not edit');

RESET ROLE;
SELECT finish();
ROLLBACK;
