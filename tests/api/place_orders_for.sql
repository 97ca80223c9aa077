-- api.place_orders_for(): a service places many orders of a user.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'place_orders_for', ARRAY['uuid', 'jsonb']);
SELECT is(
    pg_temp.who_may_execute('api.place_orders_for(uuid,jsonb)'), ARRAY['service_role'], 'only a service may'
);
PREPARE places AS
SELECT d.element -> 'order' ->> 'status', d.element ->> 'replayed'
FROM jsonb_array_elements(api.place_orders_for(user_id => :'bob', orders => '[{
    "market": "T1BTC-T1USD", "side": "buy", "type": "limit", "quantity": "0.5", "price": "100", "client_order_id": "b"
}]')) AS d (element);
PREPARE whose AS SELECT o.user_id = :'bob' FROM trading.orders AS o WHERE o.market_id = :traded;
SET LOCAL ROLE anon;
SELECT throws_ok('places', '42501', NULL, 'nobody off the street may');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('places', '42501', NULL, 'Alice does not speak for Bob');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('places', '42501', NULL, 'nor does he for himself here');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('places', '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('places', '42501', NULL, 'nor an operator');
SET LOCAL ROLE service_role;
SELECT results_eq('places', $$ VALUES ('open', 'false') $$, 'a service places for him');
SELECT results_eq('places', $$ VALUES ('open', 'true') $$, 'once');
RESET ROLE;
SELECT results_eq('whose', ARRAY[TRUE], 'the order is his');

SELECT finish();
ROLLBACK;
