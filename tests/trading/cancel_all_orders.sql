-- trading.cancel_all_orders(): who is signed in is out at once, and only they.

BEGIN;
SELECT plan(12);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 100) -> 'order' ->> 'status';
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 1, 90) -> 'order' ->> 'status';
PREPARE i_am_out AS SELECT trading.cancel_all_orders();
PREPARE my_side(text) AS SELECT trading.cancel_all_orders(NULL, $1);
PREPARE no_market AS SELECT trading.cancel_all_orders('T1-NOT-HERE');

SET LOCAL ROLE authenticated;
SELECT throws_ok('i_am_out', 'TR010', 'invalid user_id', 'somebody who is not signed in has no orders');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok($$ EXECUTE my_side('short') $$, 'TR010', 'invalid side', 'a side is buy or sell');
SELECT results_eq($$ EXECUTE my_side('sell') $$, ARRAY[0], 'she sells nothing');
SELECT throws_ok('no_market', 'TR001', 'unknown market', 'an unknown market is named');
SELECT results_eq('i_am_out', ARRAY[1], 'Alice is out');
SET LOCAL ROLE anon;
SELECT throws_ok('i_am_out', '42501', NULL, 'nobody off the street calls it');
SET LOCAL ROLE service_role;
SELECT throws_ok('i_am_out', '42501', NULL, 'a service says for whom');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('i_am_out', '42501', NULL, 'an engine has no orders');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('i_am_out', '42501', NULL, 'nor has an operator');
RESET ROLE;
SELECT results_eq(
    $$ SELECT user_id, status::text FROM trading.orders
       WHERE user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b') ORDER BY 1 $$,
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'canceled'), ('bbbbbbbb-0000-4000-8000-00000000000b', 'open') $$,
    'and Bob is not'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT results_eq('i_am_out', ARRAY[0], 'a stranger has nothing to leave');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('i_am_out', ARRAY[1], 'until he says so');
RESET ROLE;

SELECT finish();
ROLLBACK;
