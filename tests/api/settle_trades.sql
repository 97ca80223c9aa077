-- api.settle_trades(): a service hands on what its engine did, once; each side sees its own, and nobody else may.

BEGIN;
SELECT plan(20);
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'settle_trades', ARRAY['jsonb']);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.settle_trades(jsonb)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['service_role', 'tradebase_engine'], 'only a service or an engine may call it'
);
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 101, 'ioc', 'alice:ioc'
) -> 'order' ->> 'id' AS alice_ioc \gset

-- Alice gets 0.2 more of what Bob sells, and what is left of her order ends.
SELECT jsonb_build_object(
    'maker_order_id', :'bob_sold', 'taker_order_id', :'alice_ioc', 'price', '99.9', 'quantity', '0.2'
) AS trade, jsonb_build_object('order_id', :'alice_ioc', 'status', 'expired', 'reason', 'ioc_remainder') AS ending \gset

PREPARE settle AS
SELECT jsonb_agg(a.told - 'write_token') FROM jsonb_array_elements(api.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2, 'events', jsonb_build_array(:'trade'::jsonb, :'ending'::jsonb)
)))) AS a (told);
PREPARE settle_with_a_gap AS
SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 9, 'events', jsonb_build_array(:'trade'::jsonb)
)));
PREPARE settle_above_the_limit AS
SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2,
    'events', jsonb_build_array(:'trade'::jsonb || '{"price": "101.01"}', :'ending'::jsonb)
)));
PREPARE settle_too_much AS
SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2,
    'events', jsonb_build_array(:'trade'::jsonb || '{"quantity": "0.7"}', :'ending'::jsonb)
)));
PREPARE settle_nowhere AS
SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1-NOT-HERE', 'first_seq', 1, 'events', jsonb_build_array(:'trade'::jsonb)
)));
PREPARE settle_another AS
SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2, 'events', jsonb_build_array(:'trade'::jsonb || '{"quantity": "0.1"}')
)));
PREPARE tape AS
SELECT seq, trim_scale(price)::text, trim_scale(quantity)::text, taker_side::text
FROM api.trades WHERE market = 'T1BTC-T1USD' ORDER BY seq;
PREPARE my_balances AS
SELECT asset, trim_scale(available)::text, trim_scale(held)::text FROM api.balances
WHERE asset IN ('T1BTC', 'T1USD') ORDER BY asset;

SET LOCAL ROLE anon;
SELECT throws_ok('settle', '42501', NULL, 'nobody off the street settles a trade');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('settle', '42501', NULL, 'Alice does not settle her own');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('settle', '42501', NULL, 'nor does an operator');

SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok('SELECT api.settle_trades(NULL)', 'TR010', NULL, 'nothing is no batch');
SELECT throws_ok('settle_nowhere', 'TR001', 'unknown market', 'an unknown market is refused');
SELECT throws_ok('settle_with_a_gap', 'TR301', NULL, 'so is a gap in the sequence of the engine');
SELECT throws_ok('settle_above_the_limit', 'TR304', NULL, 'a price beyond the limit of an order');
SELECT throws_ok('settle_too_much', 'TR305', NULL, 'and more than an order has left');
SET LOCAL ROLE anon;
SELECT results_eq('tape', $$ VALUES (1::bigint, '100', '0.4', 'sell') $$, 'none of them is on the tape');

SET LOCAL ROLE service_role;
SELECT results_eq(
    'settle', ARRAY['[{"market": "T1BTC-T1USD", "last_seq": 3, "applied": 2}]'::jsonb],
    'the service settles a trade and an end and is told how far it is'
);
SELECT results_eq(
    'settle', ARRAY['[{"market": "T1BTC-T1USD", "last_seq": 3, "applied": 0}]'::jsonb], 'again, and nothing is new'
);
SET LOCAL ROLE tradebase_engine;
SELECT results_eq(
    'settle', ARRAY['[{"market": "T1BTC-T1USD", "last_seq": 3, "applied": 0}]'::jsonb], 'nor when the engine says it'
);
SET LOCAL ROLE service_role;
SELECT throws_ok('settle_another', 'TR302', NULL, 'what was settled does not become another trade');

SET LOCAL ROLE anon;
SELECT results_eq(
    'tape', $$ VALUES (1::bigint, '100', '0.4', 'sell'), (2, '99.9', '0.2', 'buy') $$, 'it is on the tape once'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    $$ SELECT status::text, close_reason::text, trim_scale(filled_quantity)::text, trim_scale(fee_total)::text
       FROM api.order_history WHERE client_order_id = 'alice:ioc' $$,
    $$ VALUES ('expired', 'ioc_remainder', '0.2', '0.03996') $$, 'the order of Alice has ended'
);
SELECT results_eq(
    'my_balances', $$ VALUES ('T1BTC', '2.6', '0'), ('T1USD', '9839.84004', '100.1') $$,
    'Alice has paid for it, and what it held beyond is free again'
);
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'my_balances', $$ VALUES ('T1BTC', '0', '0.4'), ('T1USD', '5059.88002', '0') $$, 'Bob has been paid'
);
SELECT results_eq(
    'SELECT status::text, trim_scale(filled_quantity)::text FROM api.open_orders',
    $$ VALUES ('partially_filled', '0.6') $$, 'his order rests with what is left of it'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
