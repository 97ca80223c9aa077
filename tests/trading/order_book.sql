-- trading.order_book(): the book by price level for everybody, the best first, and whose orders they are for nobody.

BEGIN;
SELECT plan(21);
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
PREPARE so_deep(integer) AS SELECT trading.order_book('T1BTC-T1USD', $1);
PREPARE nowhere AS SELECT trading.order_book(NULL);
PREPARE ids_in_it AS
SELECT 1 FROM trading.order_book('T1BTC-T1USD') AS b WHERE b::text ~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
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
SELECT throws_ok('EXECUTE so_deep(0)', 'TR010', 'invalid depth', 'nor is 0');
SELECT throws_ok('EXECUTE so_deep(-1)', 'TR010', 'invalid depth', 'nor less');
SELECT throws_ok('EXECUTE so_deep(2147483647)', 'TR010', 'invalid depth', 'nor everything');
SELECT throws_ok('nowhere', 'TR001', 'unknown market', 'NULL is no market');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('top', ARRAY['[["100", "1.5", 2]]'::jsonb], 'Alice sees the level, not which of it is hers');
SELECT is_empty('ids_in_it', 'and nobody''s id, her own neither');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('top', ARRAY['[["100", "1.5", 2]]'::jsonb], 'so does Bob');
SELECT set_config('request.jwt.claims', '', TRUE);
RESET ROLE;
GRANT USAGE ON SCHEMA trading TO anon, service_role, tradebase_operator;
SET LOCAL ROLE anon;
SELECT results_eq('top', ARRAY['[["100", "1.5", 2]]'::jsonb], 'nobody off the street sees less');
SET LOCAL ROLE service_role;
SELECT throws_ok('top', '42501', NULL, 'a service does not read it');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('top', '42501', NULL, 'nor does an engine, which has a book');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('top', '42501', NULL, 'nor an operator');
RESET ROLE;
SELECT function_privs_are('trading', 'order_book', ARRAY['text', 'integer'], 'anon', ARRAY['EXECUTE']);
SELECT is(
    (SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'trading.order_book(text,integer)'::regprocedure),
    'tradebase_kernel', 'it runs as the kernel'
);
SELECT function_privs_are('trading', 'order_book', ARRAY['text', 'integer'], 'authenticated', ARRAY['EXECUTE']);
SELECT function_privs_are('trading', 'order_book', ARRAY['text', 'integer'], 'service_role', ARRAY[]::text[]);

SELECT finish();
ROLLBACK;
