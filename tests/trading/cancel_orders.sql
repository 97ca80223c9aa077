-- trading.cancel_orders(): orders of who is signed in end, and nobody elses.

BEGIN;
SELECT plan(11);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('trading', 'cancel_orders', ARRAY['uuid[]', 'text[]'], 'who calls it writes no order');
SELECT is(
    pg_temp.who_may_execute('trading.cancel_orders(uuid[],text[])'), ARRAY['authenticated'], 'only who is signed in may'
);
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, client_order_id => 'a1')
-> 'order' ->> 'id' AS a1 \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 99, client_order_id => 'a2')
-> 'order' ->> 'id' AS a2 \gset
PREPARE by_id AS
SELECT d.o ->> 'client_order_id', d.o ->> 'status'
FROM jsonb_array_elements(trading.cancel_orders(ARRAY[:'a1', :'a2']::uuid[])) WITH ORDINALITY AS d (o, n) ORDER BY d.n;
PREPARE by_name AS
SELECT d.o ->> 'client_order_id', d.o ->> 'status'
FROM jsonb_array_elements(trading.cancel_orders(client_order_ids => ARRAY['a2', 'a1'])) WITH ORDINALITY AS d (o, n) ORDER BY d.n;

SET LOCAL ROLE anon;
SELECT throws_ok('by_id', '42501', NULL, 'nobody off the street may');
SET LOCAL ROLE service_role;
SELECT throws_ok('by_id', '42501', NULL, 'a service names its user elsewhere');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('by_id', '42501', NULL, 'an engine cancels nothing');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('by_id', '42501', NULL, 'nor does an operator');
SET LOCAL ROLE authenticated;
SELECT throws_ok('by_id', 'TR010', 'invalid user_id', 'a request that speaks for nobody cancels nothing');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('by_id', 'TR201', 'unknown order', 'Bob does not know Alice''s orders by their ids');
SELECT throws_ok('by_name', 'TR201', 'unknown order', 'nor by her names');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('by_id', $$ VALUES ('a1', 'canceled'), ('a2', 'canceled') $$, 'Alice cancels hers');
SELECT results_eq('by_name', $$ VALUES ('a2', 'canceled'), ('a1', 'canceled') $$, 'again by their names');
RESET ROLE;

SELECT finish();
ROLLBACK;
