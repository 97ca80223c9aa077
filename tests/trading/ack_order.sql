-- trading.ack_order(): the engine has a pending order in its book; said late or twice it changes nothing.

BEGIN;
SELECT plan(9);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS pending \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS open \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 40) -> 'order' ->> 'id' AS gone \gset
SELECT trading.cancel_order_for(:'alice', :'gone') ->> 'status';

PREPARE ack AS SELECT trading.ack_order(:'pending');
PREPARE ack_open AS SELECT trading.ack_order(:'open');
PREPARE ack_gone AS SELECT trading.ack_order(:'gone');
PREPARE ack_nothing AS SELECT trading.ack_order('0190aaaa-0000-7000-8000-000000000001');

SET LOCAL ROLE tradebase_engine;
SELECT results_eq('ack', ARRAY[TRUE], 'a pending order opens');
SELECT results_eq('ack', ARRAY[FALSE], 'once');
SELECT results_eq('ack_open', ARRAY[FALSE], 'an open order is open already');
SELECT results_eq('ack_gone', ARRAY[FALSE], 'an order that has ended stays where it is');
SELECT throws_ok('ack_nothing', 'TR201', 'unknown order', 'an unknown order is named');
SET LOCAL ROLE authenticated;
SELECT throws_ok('ack_open', '42501', NULL, 'a user acknowledges nothing');
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
