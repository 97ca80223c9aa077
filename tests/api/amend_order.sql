-- api.amend_order(): I amend my order, and nobody else's.

BEGIN;
SELECT plan(6);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 2, 100) -> 'order' ->> 'id' AS one \gset
PREPARE less AS SELECT api.amend_order(:'one', 1.5) ->> 'quantity';
PREPARE elsewhere AS
SELECT r ->> 'price', r ->> 'client_order_id', r ->> 'replaces_order_id'
FROM api.amend_order(:'one', price => 99, client_order_id => 'mine') AS r;
PREPARE foreign_order AS SELECT api.amend_order(:'one', 1);

SET LOCAL ROLE authenticated;
SELECT throws_ok('less', 'TR010', 'invalid user_id', 'somebody who is not signed in has no order');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('foreign_order', 'TR201', 'unknown order', 'Bob does not know Alice''s order');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('less', ARRAY['1.5'], 'Alice wants less of it');
SELECT results_eq('elsewhere', format('VALUES (''99'', ''mine'', %L)', :'one'), 'then at another price, under a name');
SET LOCAL ROLE anon;
SELECT throws_ok('less', '42501', NULL, 'nobody off the street amends');
SET LOCAL ROLE service_role;
SELECT throws_ok('less', '42501', NULL, 'a service says for whom');

RESET ROLE;
SELECT finish();
ROLLBACK;
