-- api.support_close(): I am done with the customer whom I have open.

BEGIN;
SELECT plan(5);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'support_close', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('api.support_close()'), ARRAY['tradebase_support'], 'for support');
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
VALUES (:'carol', :'alice', 'A call.', now(), now() + INTERVAL '15 minutes');

SET LOCAL ROLE authenticated;
SELECT throws_ok('SELECT api.support_close()', '42501', NULL, 'not for a user');
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is(api.support_close(), TRUE, 'Carol is done');
SELECT is(api.support_close(), FALSE, 'once');

RESET ROLE;
SELECT finish();
ROLLBACK;
