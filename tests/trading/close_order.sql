-- trading.close_order(): one close in the engine's sequence, once, and never past it.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS pending \gset
SELECT trading.place_order_for(:'bob', 'T1ETH-T1USD', 'sell', 'limit', 1, 60) -> 'order' ->> 'id' AS other \gset

PREPARE reject AS SELECT trading.close_order(:'pending', 'rejected', 'engine_reject', 1);
PREPARE skip AS SELECT trading.close_order(:'other', 'canceled', 'admin_cancel', 3);
PREPARE cancel AS SELECT trading.close_order(:'other', 'canceled', 'admin_cancel', 2);
PREPARE fill AS SELECT trading.close_order(:'other', 'filled', 'filled', 2);
PREPARE again AS SELECT trading.close_order(:'pending', 'canceled', 'user_cancel', 2);
PREPARE nothing AS SELECT trading.close_order('0190aaaa-0000-7000-8000-000000000001', 'canceled', 'user_cancel', 2);

SET LOCAL ROLE tradebase_engine;
SELECT results_eq(
    'reject', ARRAY['{"market": "T1ETH-T1USD", "applied": 1, "last_seq": 1}'::jsonb], 'an engine refuses a pending order'
);
SELECT results_eq(
    'reject', ARRAY['{"market": "T1ETH-T1USD", "applied": 0, "last_seq": 1}'::jsonb], 'said twice it is done once'
);
SELECT throws_ok('skip', 'TR301', NULL, 'nothing may be left out before it');
SELECT throws_ok('fill', 'TR010', NULL, 'an order is filled by trades alone');
SELECT throws_ok('again', 'TR303', NULL, 'an order ends once');
SELECT throws_ok('nothing', 'TR201', 'unknown order', 'an unknown order is named');
SELECT lives_ok('cancel', 'an engine ends an order that it had not acknowledged');
SET LOCAL ROLE authenticated;
SELECT throws_ok('cancel', '42501', NULL, 'a user speaks for no engine');
RESET ROLE;
SELECT results_eq(
    format('SELECT status::text, close_reason::text, hold::numeric FROM trading.orders WHERE id IN (%L, %L) ORDER BY seq', :'pending', :'other'),
    $$ VALUES ('rejected', 'engine_reject', 0::numeric), ('canceled', 'admin_cancel', 0) $$, 'both are out of the book'
);
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);

SELECT finish();
ROLLBACK;
