-- trading.amend_order(): who is signed in amends their own order.

BEGIN;
SELECT plan(9);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 2, 100) -> 'order' ->> 'id' AS one \gset
PREPARE amend_to(numeric, numeric) AS SELECT trading.amend_order(:'one', $1, $2) ->> 'quantity';
PREPARE amend AS SELECT trading.amend_order(:'one', 1) ->> 'quantity';

SET LOCAL ROLE authenticated;
SELECT throws_ok('amend', 'TR010', 'invalid user_id', 'somebody who is not signed in has no order');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('amend', 'TR201', 'unknown order', 'Bob does not know Alice''s order');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok($$ EXECUTE amend_to('NaN', NULL) $$, 'TR010', 'invalid quantity', 'NaN is no quantity');
SELECT throws_ok($$ EXECUTE amend_to(NULL, '-Infinity') $$, 'TR010', 'invalid price', 'nor is -Infinity a price');
SELECT results_eq('amend', ARRAY['1'], 'Alice amends it');
SET LOCAL ROLE anon;
SELECT throws_ok('amend', '42501', NULL, 'nobody off the street does');
SET LOCAL ROLE service_role;
SELECT throws_ok('amend', '42501', NULL, 'a service says for whom');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('amend', '42501', NULL, 'an engine amends nothing');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('amend', '42501', NULL, 'nor does an operator');

RESET ROLE;
SELECT finish();
ROLLBACK;
