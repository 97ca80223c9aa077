-- api.activity: what I changed myself, with the session it came from, and nothing of what others did.

BEGIN;
SELECT plan(13);
\ir ../fixtures/funded_alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'activity', ARRAY[
    'created_at', 'session_id', 'request_id', 'relation', 'operation', 'row_key', 'before', 'after'
]);
SELECT is(pg_temp.grants_on('api.activity'), ARRAY['authenticated: SELECT'], 'for users');
INSERT INTO identity.user_sessions (id, user_id, expires_at)
VALUES ('5e551011-0000-4000-8000-00000000000a', :'alice', 'infinity');
INSERT INTO identity.profiles (user_id) VALUES (:'alice'), (:'bob') ON CONFLICT (user_id) DO NOTHING;
UPDATE identity.users SET fee_tier = 'standard2' WHERE id = :'alice';
PREPARE mine AS SELECT a.relation, a.operation, a.session_id FROM api.activity AS a ORDER BY a.created_at;

SET LOCAL ROLE authenticated;
SELECT is_empty('mine', 'nobody did nothing');
SELECT set_config(
    'request.jwt.claims',
    (:'alice_claims'::jsonb || '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')::text, TRUE
);
SELECT is_empty('mine', 'what was done to Alice she did not do');
UPDATE identity.profiles SET display_name = 'CANARY' WHERE user_id = :'alice';
SELECT api.transfer(:'bob', 'T1USD', 1.5, 'activity:1');
SELECT results_eq(
    'mine',
    $$ VALUES
        ('identity.profiles', 'UPDATE', '5e551011-0000-4000-8000-00000000000a'),
        ('portfolio.transfers', 'INSERT', '5e551011-0000-4000-8000-00000000000a') $$,
    'what she did is hers to see, in its order'
);
SELECT is(
    (SELECT a.after ->> 'amount' FROM api.activity AS a WHERE a.relation = 'portfolio.transfers'), '1.5', 'money is text'
);
SELECT is_empty($$ SELECT FROM api.activity AS a WHERE a::text ~ 'CANARY' $$, 'her name is kept nowhere');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT is_empty('mine', 'Bob sees none of it');
SELECT throws_ok('DELETE FROM api.activity', '42501', NULL, 'and removes none');
SELECT throws_ok('UPDATE api.activity SET operation = $$INSERT$$', '42501', NULL, 'and changes none');
SET LOCAL ROLE anon;
SELECT throws_ok('mine', '42501', NULL, 'nobody off the street looks');
SET LOCAL ROLE service_role;
SELECT throws_ok('mine', '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('mine', '42501', NULL, 'nor support');

RESET ROLE;
SELECT finish();
ROLLBACK;
