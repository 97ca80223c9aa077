-- trading.close_order(): one close in the engine's sequence, once, and never past it.

BEGIN;
SELECT plan(31);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS pending \gset
SELECT trading.place_order_for(:'bob', 'T1ETH-T1USD', 'sell', 'limit', 1, 60) -> 'order' ->> 'id' AS other \gset

PREPARE reject AS SELECT trading.close_order(:'pending', 'rejected', 'engine_reject', 1) - 'write_token';
PREPARE skip AS SELECT trading.close_order(:'other', 'canceled', 'admin_cancel', 3);
PREPARE cancel AS SELECT trading.close_order(:'other', 'canceled', 'admin_cancel', 2);
PREPARE fill AS SELECT trading.close_order(:'other', 'filled', 'filled', 2);
PREPARE again AS SELECT trading.close_order(:'pending', 'canceled', 'user_cancel', 2);
PREPARE close(uuid, text, text, bigint) AS SELECT trading.close_order($1, $2, $3, $4);
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
SELECT throws_ok($$ EXECUTE close(NULL, 'canceled', 'user_cancel', 2) $$, 'TR201', 'unknown order', 'NULL is none');
SELECT throws_ok(format($$ EXECUTE close(%L, 'canceled', 'user_cancel', NULL) $$, :'other'), 'TR010', NULL, 'it has a place');
SELECT throws_ok(format($$ EXECUTE close(%L, 'canceled', 'user_cancel', 0) $$, :'other'), 'TR010', NULL, 'which is not 0');
SELECT throws_ok(format($$ EXECUTE close(%L, 'canceled', 'user_cancel', -1) $$, :'other'), 'TR010', NULL, 'nor below');
SELECT throws_ok(
    format($$ EXECUTE close(%L, 'canceled', 'user_cancel', 9223372036854775807) $$, :'other'), 'TR010', NULL,
    'nor where sequences end'
);
SELECT throws_ok(
    format($$ EXECUTE close(%L, 'canceled', 'user_cancel', 999999999999999999) $$, :'other'), 'TR301', NULL,
    'nor far ahead'
);
SELECT throws_ok(format($$ EXECUTE close(%L, NULL, 'user_cancel', 2) $$, :'other'), 'TR010', NULL, 'a status is needed');
SELECT throws_ok(format($$ EXECUTE close(%L, 'gone', 'user_cancel', 2) $$, :'other'), 'TR010', NULL, 'that is known');
SELECT throws_ok(format($$ EXECUTE close(%L, 'open', 'user_cancel', 2) $$, :'other'), 'TR010', NULL, 'and an end');
SELECT throws_ok(format($$ EXECUTE close(%L, 'canceled', NULL, 2) $$, :'other'), 'TR010', NULL, 'a reason is needed');
SELECT throws_ok(format($$ EXECUTE close(%L, 'canceled', 'whim', 2) $$, :'other'), 'TR010', NULL, 'that is known');
SELECT throws_ok(
    format($$ EXECUTE close(%L, 'canceled', 'user_cancel', 1) $$, :'other'), 'TR302', NULL,
    'its place was another order''s'
);
SELECT lives_ok('cancel', 'an engine ends an order that it had not acknowledged');
SET LOCAL ROLE authenticated;
SELECT throws_ok('cancel', '42501', NULL, 'a user speaks for no engine');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('cancel', '42501', NULL, 'Alice does not for hers');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('cancel', '42501', NULL, 'nor Bob for his');
SET LOCAL ROLE anon;
SELECT throws_ok('cancel', '42501', NULL, 'nor does anybody off the street');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('cancel', '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('cancel', '42501', NULL, 'nor a worker');
RESET ROLE;
SELECT ok(has_function_privilege(r.role, 'trading.close_order(uuid,text,text,bigint)', 'EXECUTE'), r.role || ' may')
FROM unnest(ARRAY['service_role', 'tradebase_engine']) AS r (role);
SELECT is(
    (SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'trading.close_order(uuid,text,text,bigint)'::regprocedure),
    'tradebase_kernel', 'it runs as the kernel'
);
SELECT results_eq(
    format('SELECT last_engine_seq FROM market.market_state WHERE market_id = %s', :acked), ARRAY[2::bigint],
    'no refusal moves the watermark'
);
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
