-- api.amend_order_for(): a service amends for the user it has authenticated.

BEGIN;
SELECT plan(5);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 2, 100) -> 'order' ->> 'id' AS one \gset
PREPARE less AS SELECT api.amend_order_for(:'alice', :'one', 1.5) ->> 'quantity';
PREPARE elsewhere AS
SELECT r ->> 'price', r ->> 'client_order_id', r ->> 'replaces_order_id'
FROM api.amend_order_for(:'alice', :'one', price => 99, client_order_id => 'mine') AS r;
PREPARE for_bob AS SELECT api.amend_order_for(:'bob', :'one', 1);

SET LOCAL ROLE service_role;
SELECT throws_ok('for_bob', 'TR201', 'unknown order', 'Bob does not know Alice''s order');
SELECT results_eq('less', ARRAY['1.5'], 'Alice wants less of it');
SELECT results_eq('elsewhere', format('VALUES (''99'', ''mine'', %L)', :'one'), 'then at another price, under a name');
SET LOCAL ROLE authenticated;
SELECT throws_ok('less', '42501', NULL, 'a user speaks for themself alone');
SET LOCAL ROLE anon;
SELECT throws_ok('less', '42501', NULL, 'nobody off the street amends');

RESET ROLE;
SELECT finish();
ROLLBACK;
