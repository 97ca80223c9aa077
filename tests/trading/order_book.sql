-- trading.order_book(): the book by price level for everybody, the best first, and whose orders they are for nobody.

BEGIN;
SELECT plan(9);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 100) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 2, 99.5) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.25, 101) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'status';

PREPARE book AS SELECT trading.order_book('T1BTC-T1USD');
PREPARE top AS SELECT trading.order_book('T1BTC-T1USD', 1) -> 'bids';
PREPARE unacknowledged AS SELECT trading.order_book('T1ETH-T1USD');
PREPARE unknown AS SELECT trading.order_book('T1-NOT-HERE');
PREPARE too_deep AS SELECT trading.order_book('T1BTC-T1USD', 1001);
PREPARE no_depth AS SELECT trading.order_book('T1BTC-T1USD', NULL);

SET LOCAL ROLE authenticated;
SELECT results_eq('book', ARRAY[
    '{"market": "T1BTC-T1USD", "bids": [["100", "1.5", 2], ["99.5", "2", 1]], "asks": [["101", "0.25", 1]]}'::jsonb
], 'a level adds up what is left of its orders; amounts are text');
SELECT results_eq('top', ARRAY['[["100", "1.5", 2]]'::jsonb], 'depth counts levels, not orders');
SELECT results_eq(
    'unacknowledged', ARRAY['{"market": "T1ETH-T1USD", "bids": [], "asks": []}'::jsonb],
    'what the engine has not acknowledged is not on the book'
);
SELECT throws_ok('unknown', 'TR001', 'unknown market', 'an unknown market is named');
SELECT throws_ok('too_deep', 'TR010', 'invalid depth', 'a book has an end');
SELECT throws_ok('no_depth', 'TR010', 'invalid depth', 'NULL is no depth');
RESET ROLE;
SELECT function_privs_are('trading', 'order_book', ARRAY['text', 'integer'], 'anon', ARRAY['EXECUTE']);
SELECT function_privs_are('trading', 'order_book', ARRAY['text', 'integer'], 'authenticated', ARRAY['EXECUTE']);
SELECT function_privs_are('trading', 'order_book', ARRAY['text', 'integer'], 'service_role', ARRAY[]::text[]);

SELECT finish();
ROLLBACK;
