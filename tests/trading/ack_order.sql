-- trading.ack_order(): the engine has a pending order in its book; said late or twice it changes nothing.

BEGIN;
SELECT plan(16);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS pending \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS open \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 40) -> 'order' ->> 'id' AS gone \gset
SELECT trading.cancel_order_for(:'alice', :'gone') ->> 'status';

PREPARE ack AS SELECT trading.ack_order(:'pending');
PREPARE ack_open AS SELECT trading.ack_order(:'open');
PREPARE ack_gone AS SELECT trading.ack_order(:'gone');
PREPARE ack_null AS SELECT trading.ack_order(NULL);
PREPARE ack_nothing AS SELECT trading.ack_order('0190aaaa-0000-7000-8000-000000000001');

SET LOCAL ROLE tradebase_engine;
SELECT results_eq('ack', ARRAY[TRUE], 'a pending order opens');
SELECT results_eq('ack', ARRAY[FALSE], 'once');
SELECT results_eq('ack_open', ARRAY[FALSE], 'an open order is open already');
SELECT results_eq('ack_gone', ARRAY[FALSE], 'an order that has ended stays where it is');
SELECT throws_ok('ack_nothing', 'TR201', 'unknown order', 'an unknown order is named');
SELECT throws_ok('ack_null', 'TR201', 'unknown order', 'NULL is none');
RESET ROLE;
GRANT USAGE ON SCHEMA trading TO service_role;
SET LOCAL ROLE service_role;
SELECT results_eq('ack', ARRAY[FALSE], 'a service may speak for an engine');
SET LOCAL ROLE authenticated;
SELECT throws_ok('ack_open', '42501', NULL, 'a user acknowledges nothing');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('ack_open', '42501', NULL, 'Alice not her own order');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('ack_open', '42501', NULL, 'Bob not hers');
SET LOCAL ROLE anon;
SELECT throws_ok('ack_open', '42501', NULL, 'nor does anybody off the street');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('ack_open', '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('ack_open', '42501', NULL, 'nor a worker');
RESET ROLE;
SELECT results_eq(
    format('SELECT status::text, on_book, hold::numeric FROM trading.orders WHERE id = %L', :'pending'),
    $$ VALUES ('open', TRUE, 50.05) $$, 'it is on the book with its hold'
);
SELECT results_eq(
    format('SELECT status::text FROM trading.orders WHERE id = %L', :'gone'), ARRAY['canceled'], 'what has ended has ended'
);
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);

SELECT finish();
ROLLBACK;
