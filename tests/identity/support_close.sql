-- identity.support_close(): support is done with the customer they have open, and with nobody else's.

BEGIN;
SELECT plan(9);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'support_close', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('identity.support_close()'), ARRAY['tradebase_support'], 'it is for support');
PREPARE done AS SELECT identity.support_close();
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at) VALUES
(:'carol', :'alice', 'A call.', now(), now() + INTERVAL '15 minutes'),
(:'bob', :'alice', 'A call.', now(), now() + INTERVAL '15 minutes');

SET LOCAL ROLE authenticated;
SELECT throws_ok('done', '42501', NULL, 'no user closes anything');
SET LOCAL ROLE tradebase_support;
SELECT results_eq('done', ARRAY[FALSE], 'nobody has nobody open');
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is(identity.opened_user_id(), :'alice'::uuid, 'Alice is open to Carol');
SELECT results_eq('done', ARRAY[TRUE], 'she is done');
SELECT is(identity.opened_user_id(), NULL, 'and sees nobody');
SELECT results_eq('done', ARRAY[FALSE], 'once');
RESET ROLE;
SELECT is(
    (SELECT o.closed_at FROM identity.support_openings AS o WHERE o.staff_user_id = :'bob'), NULL, 'Bob''s is his to close'
);

SELECT finish();
ROLLBACK;
