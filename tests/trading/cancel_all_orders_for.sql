-- trading.cancel_all_orders_for(): a user is out of one market or all in one call, gets every hold back, and nobody else is touched.

BEGIN;
SELECT plan(25);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 100) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'sell', 'limit', 1, 200) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 1, 90) -> 'order' ->> 'status';

PREPARE sells AS SELECT trading.cancel_all_orders_for(:'alice', 'T1BTC-T1USD', 'sell');
PREPARE everything AS SELECT trading.cancel_all_orders_for(:'alice');
PREPARE unknown_market AS SELECT trading.cancel_all_orders_for(:'alice', 'T1-NOT-HERE');
PREPARE wrong_side AS SELECT trading.cancel_all_orders_for(:'alice', NULL, 'short');
PREPARE sided(text) AS SELECT trading.cancel_all_orders_for(:'alice', 'T1BTC-T1USD', $1);
PREPARE of_a_stranger AS SELECT trading.cancel_all_orders_for('cccccccc-0000-4000-8000-00000000000c');
PREPARE of_nobody AS SELECT trading.cancel_all_orders_for(NULL);
PREPARE alices_orders AS
SELECT m.symbol, o.side::text, o.status::text, o.hold > 0, o.cancel_requested_at IS NOT NULL, o.close_reason::text
FROM trading.orders AS o JOIN market.markets AS m ON m.id = o.market_id
WHERE o.user_id = :'alice' ORDER BY o.seq;
PREPARE told AS
SELECT m.symbol, count(*)
FROM trading.engine_commands AS c JOIN market.markets AS m ON m.id = c.market_id
WHERE c.kind = 'cancel' AND m.symbol LIKE 'T1%' GROUP BY m.symbol ORDER BY m.symbol;

GRANT USAGE ON SCHEMA trading TO service_role;
SET LOCAL ROLE service_role;
SELECT throws_ok('unknown_market', 'TR001', 'unknown market', 'an unknown market is named');
SELECT throws_ok('wrong_side', 'TR010', 'invalid side', 'a side is buy or sell');
SELECT throws_ok('of_nobody', 'TR010', 'invalid user_id', 'somebody''s orders are canceled');
SELECT throws_ok($$ EXECUTE sided('') $$, 'TR010', 'invalid side', 'a side is not empty');
SELECT throws_ok($$ EXECUTE sided('BUY') $$, 'TR010', 'invalid side', 'and written small');
SELECT results_eq('of_a_stranger', ARRAY[0], 'who has none has none canceled');
SELECT results_eq('sells', ARRAY[1], 'one side of one market can be left');
SELECT results_eq('sells', ARRAY[0], 'and nothing of it is left then');
RESET ROLE;
SELECT results_eq('alices_orders', $$ VALUES
    ('T1BTC-T1USD', 'buy', 'open', TRUE, FALSE, NULL),
    ('T1BTC-T1USD', 'sell', 'canceled', FALSE, FALSE, 'cancel_all'),
    ('T1ETH-T1USD', 'buy', 'pending', TRUE, FALSE, NULL)
$$, 'the other side stands');

SET LOCAL ROLE service_role;
SELECT results_eq('everything', ARRAY[2], 'all markets at once');
SELECT results_eq('everything', ARRAY[0], 'asking again asks nobody');
RESET ROLE;
SELECT results_eq('alices_orders', $$ VALUES
    ('T1BTC-T1USD', 'buy', 'canceled', FALSE, FALSE, 'cancel_all'),
    ('T1BTC-T1USD', 'sell', 'canceled', FALSE, FALSE, 'cancel_all'),
    ('T1ETH-T1USD', 'buy', 'pending', TRUE, TRUE, NULL)
$$, 'where the engine acknowledges, the order and its hold wait for it');
SELECT results_eq(
    'told', $$ VALUES ('T1BTC-T1USD', 2::bigint), ('T1ETH-T1USD', 1) $$, 'each engine is told once of each order'
);
SELECT results_eq(
    $$ SELECT b.held::numeric FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE b.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND a.code IN ('T1BTC', 'T1USD') ORDER BY a.code $$,
    ARRAY[0, 50.05], 'what was held for the rest is free'
);
SELECT results_eq(
    $$ SELECT status::text FROM trading.orders WHERE user_id = 'bbbbbbbb-0000-4000-8000-00000000000b' $$, ARRAY['open'],
    'Bob''s order stands'
);
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);

SET LOCAL ROLE authenticated;
SELECT throws_ok('everything', '42501', NULL, 'a user names nobody');
SET LOCAL ROLE anon;
SELECT throws_ok('everything', '42501', NULL, 'nor does anybody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('everything', '42501', NULL, 'Alice does not say that she is Alice');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('everything', '42501', NULL, 'nor does Bob');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('everything', '42501', NULL, 'an engine cancels in its own sequence');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('everything', '42501', NULL, 'an operator halts the market');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('everything', '42501', NULL, 'nor does a worker');
RESET ROLE;
SELECT is(
    (SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'trading.cancel_all_orders_for(uuid, text, text)'::regprocedure),
    'tradebase_kernel', 'it runs as the kernel'
);
SELECT function_privs_are(
    'trading', 'cancel_all_orders_for', ARRAY['uuid', 'text', 'text'], 'service_role', ARRAY['EXECUTE']
);

SELECT finish();
ROLLBACK;
