-- api.ack_order(): an engine has an order in its book; nobody else says so but a service for it.

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'ack_order', ARRAY['uuid']);
SELECT is(
    pg_temp.who_may_execute('api.ack_order(uuid)'), ARRAY['service_role', 'tradebase_engine'],
    'an engine may, or a service'
);
PREPARE ack AS SELECT api.ack_order(:'alice_open');

SET LOCAL ROLE anon;
SELECT throws_ok('ack', '42501', NULL, 'nobody off the street does');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('ack', '42501', NULL, 'nor Alice for her own');
SET LOCAL ROLE tradebase_engine;
SELECT results_eq('ack', ARRAY[TRUE], 'the engine acknowledges what was pending');
SELECT results_eq('ack', ARRAY[FALSE], 'and again without harm');
SELECT throws_ok(
    'SELECT api.ack_order(''00000000-0000-7000-8000-000000000000'')', 'TR201', NULL, 'an unknown order is refused'
);
SET LOCAL ROLE authenticated;
SELECT results_eq('SELECT status::text FROM api.open_orders', ARRAY['open'], 'Alice sees it in the book');

RESET ROLE;
SELECT finish();
ROLLBACK;
