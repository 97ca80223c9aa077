-- api.cancel_orders_for(): a service ends many orders of a user.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'cancel_orders_for', ARRAY['uuid', 'uuid[]', 'text[]']);
SELECT is(
    pg_temp.who_may_execute('api.cancel_orders_for(uuid,uuid[],text[])'), ARRAY['service_role'], 'only a service may'
);
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, client_order_id => 'b')
-> 'order' ->> 'id' AS b \gset
PREPARE by_id AS
SELECT d.o ->> 'status' FROM jsonb_array_elements(api.cancel_orders_for(:'bob', ARRAY[:'b']::uuid[])) AS d (o);
PREPARE by_name AS
SELECT d.o ->> 'status'
FROM jsonb_array_elements(api.cancel_orders_for(user_id => :'bob', client_order_ids => ARRAY['b'])) AS d (o);
PREPARE of_alice AS SELECT api.cancel_orders_for(:'alice', ARRAY[:'b']::uuid[]);
SET LOCAL ROLE anon;
SELECT throws_ok('by_id', '42501', NULL, 'nobody off the street may');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('by_id', '42501', NULL, 'Alice does not speak for Bob');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('by_id', '42501', NULL, 'nor does he for himself here');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('by_id', '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('by_id', '42501', NULL, 'nor an operator');
SET LOCAL ROLE service_role;
SELECT throws_ok('of_alice', 'TR201', 'unknown order', 'an order is its user''s even for a service');
SELECT results_eq('by_id', ARRAY['canceled'], 'a service cancels for him');
SELECT results_eq('by_name', ARRAY['canceled'], 'by either name');
RESET ROLE;

SELECT finish();
ROLLBACK;
