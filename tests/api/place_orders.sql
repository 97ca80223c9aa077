-- api.place_orders(): many of my orders at once.

BEGIN;
SELECT plan(11);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'place_orders', ARRAY['jsonb']);
SELECT is(
    pg_temp.who_may_execute('api.place_orders(jsonb)'), ARRAY['authenticated'], 'only who is signed in may'
);
PREPARE places(text) AS
SELECT d.element -> 'order' ->> 'client_order_id', d.element -> 'order' ->> 'status', d.element ->> 'replayed'
FROM jsonb_array_elements(api.place_orders(jsonb_build_array(
    jsonb_build_object(
        'market', 'T1BTC-T1USD', 'side', 'buy', 'type', 'limit', 'quantity', '0.5', 'price', '100',
        'client_order_id', $1 || '1'
    ),
    jsonb_build_object(
        'market', 'T1ETH-T1USD', 'side', 'buy', 'type', 'limit', 'quantity', '0.5', 'price', '50',
        'client_order_id', $1 || '2'
    )
))) WITH ORDINALITY AS d (element, n) ORDER BY d.n;
PREPARE whose AS
SELECT o.user_id = :'alice', o.client_order_id::text FROM trading.orders AS o
WHERE o.market_id IN (:traded, :acked) ORDER BY o.seq;

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE places('x') $$, '42501', NULL, 'nobody off the street may');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE places('x') $$, '42501', NULL, 'a service names its user elsewhere');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE places('x') $$, '42501', NULL, 'an engine places nothing');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE places('x') $$, '42501', NULL, 'nor does an operator');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE places('x') $$, 'TR010', 'invalid user_id', 'a request that speaks for nobody places nothing');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    $$ EXECUTE places('a') $$, $$ VALUES ('a1', 'open', 'false'), ('a2', 'pending', 'false') $$, 'Alice places hers'
);
SELECT results_eq(
    $$ EXECUTE places('a') $$, $$ VALUES ('a1', 'open', 'true'), ('a2', 'pending', 'true') $$, 'once'
);
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    $$ EXECUTE places('a') $$, $$ VALUES ('a1', 'open', 'false'), ('a2', 'pending', 'false') $$,
    'Bob his, of the same names'
);
RESET ROLE;
SELECT results_eq(
    'whose', $$ VALUES (TRUE, 'a1'), (TRUE, 'a2'), (FALSE, 'a1'), (FALSE, 'a2') $$, 'to each their own'
);

SELECT finish();
ROLLBACK;
