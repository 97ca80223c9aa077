-- api.cancel_all_orders(): who is signed in is out at once, of one market or all, of one side or both, and only they.

BEGIN;
SELECT plan(15);
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'cancel_all_orders', ARRAY['text', 'text']);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.cancel_all_orders(text,text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['authenticated'], 'only who is signed in may call it'
);
SELECT count(trading.place_order_for(:'alice', 'T1BTC-T1USD', o.side::text, 'limit', 0.1, o.price)) AS placed
FROM (VALUES ('buy', 80), ('buy', 81), ('sell', 120)) AS o (side, price) \gset

PREPARE i_am_out AS SELECT api.cancel_all_orders();
PREPARE of_a_side AS SELECT api.cancel_all_orders(side => 'sell');
PREPARE of_a_market AS SELECT api.cancel_all_orders(market => 'T1BTC-T1USD');
PREPARE of_both AS SELECT api.cancel_all_orders('T1BTC-T1USD', 'sell');
PREPARE my_orders AS
SELECT market, side::text, trim_scale(price)::text, cancel_requested_at IS NOT NULL FROM api.open_orders ORDER BY price;

SET LOCAL ROLE anon;
SELECT throws_ok('i_am_out', '42501', NULL, 'nobody off the street cancels an order');
SET LOCAL ROLE service_role;
SELECT throws_ok('i_am_out', '42501', NULL, 'a service has no orders');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('i_am_out', '42501', NULL, 'nor has an operator');
SET LOCAL ROLE authenticated;
SELECT throws_ok('i_am_out', 'TR010', 'invalid user_id', 'nor has a request that speaks for nobody');

SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(
    $$ SELECT api.cancel_all_orders('T1-NOT-HERE') $$, 'TR001', 'unknown market', 'an unknown market is refused'
);
SELECT throws_ok(
    $$ SELECT api.cancel_all_orders(side => 'both') $$, 'TR010', 'invalid side', 'so is a side that is none'
);
SELECT results_eq('of_both', ARRAY[1], 'Alice is out of one side of one market');
SELECT results_eq(
    'my_orders',
    $$ VALUES
        ('T1ETH-T1USD', 'buy', '50', FALSE), ('T1BTC-T1USD', 'buy', '80', FALSE), ('T1BTC-T1USD', 'buy', '81', FALSE)
    $$,
    'and of nothing else'
);
SELECT results_eq('of_a_side', ARRAY[0], 'there is nothing left of that side anywhere');
SELECT results_eq('of_a_market', ARRAY[2], 'Alice is out of the market');
SELECT results_eq('i_am_out', ARRAY[1], 'and of every other');
SELECT results_eq(
    'my_orders', $$ VALUES ('T1ETH-T1USD', 'buy', '50', TRUE) $$, 'where the engine acknowledges it is asked'
);

SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('my_orders', $$ VALUES ('T1BTC-T1USD', 'sell', '99.9', FALSE) $$, 'Bob is where he was');

RESET ROLE;
SELECT finish();
ROLLBACK;
