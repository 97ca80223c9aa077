-- trading.amend_order(): who is signed in amends their own order.

BEGIN;
SELECT plan(4);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 2, 100) -> 'order' ->> 'id' AS one \gset
PREPARE amend AS SELECT trading.amend_order(:'one', 1) ->> 'quantity';

SET LOCAL ROLE authenticated;
SELECT throws_ok('amend', 'TR010', 'invalid user_id', 'somebody who is not signed in has no order');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('amend', 'TR201', 'unknown order', 'Bob does not know Alice''s order');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('amend', ARRAY['1'], 'Alice amends it');
SET LOCAL ROLE anon;
SELECT throws_ok('amend', '42501', NULL, 'nobody off the street does');

RESET ROLE;
SELECT finish();
ROLLBACK;
