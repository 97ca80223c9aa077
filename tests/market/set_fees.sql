-- market.set_fees(): an operator says what a tier pays; orders that rest keep what they were placed with.

BEGIN;
SELECT plan(23);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('market', 'set_fees', ARRAY['text', 'text', 'numeric', 'numeric'], 'with the operator''s own rights');
SELECT is(
    pg_temp.who_may_execute('market.set_fees(text,text,numeric,numeric)'), ARRAY['tradebase_operator'],
    'it is for the operator'
);
PREPARE set_fees(text, text, numeric, numeric) AS SELECT market.set_fees($1, $2, $3, $4);
PREPARE rates AS
SELECT s.market_id, s.maker_fee_rate::text, s.taker_fee_rate::text
FROM market.fee_schedules AS s WHERE s.fee_tier = 't1_tier' ORDER BY s.market_id NULLS FIRST;
PREPARE orders AS
SELECT o.client_order_id::text, o.maker_fee_rate::numeric, o.taker_fee_rate::numeric
FROM trading.orders AS o WHERE o.user_id = :'alice' ORDER BY o.seq;

-- Who may
SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0) $$, '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0) $$, '42501', NULL, 'not Alice');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0) $$, '42501', NULL, 'nor Bob');
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0) $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0) $$, '42501', NULL, 'nor an engine');

-- Bad input
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE set_fees('T1', NULL, 0, 0) $$, 'TR010', 'invalid fee_tier', 'a tier is written small');
SELECT throws_ok($$ EXECUTE set_fees(NULL, NULL, 0, 0) $$, 'TR010', 'invalid fee_tier', 'and there is one');
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 'NaN', 0) $$, 'TR010', 'invalid maker_fee_rate', 'NaN is no rate');
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, -0.011, 0) $$, 'TR010', 'invalid maker_fee_rate', 'a rebate ends');
SELECT throws_ok(
    $$ EXECUTE set_fees('t1_tier', NULL, 0, 'Infinity') $$, 'TR010', 'invalid taker_fee_rate', 'Infinity is none'
);
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0.11) $$, 'TR010', 'invalid taker_fee_rate', 'so does a fee');
SELECT throws_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, NULL) $$, 'TR010', 'invalid taker_fee_rate', 'and there is one');
SELECT throws_ok(
    $$ EXECUTE set_fees('t1_tier', NULL, 0, 1e-9) $$, 'TR010', 'invalid taker_fee_rate', 'with eight decimals'
);
SELECT throws_ok(
    $$ EXECUTE set_fees('t1_tier', 'T1-NOT-HERE', 0, 0) $$, 'TR001', 'unknown market', 'in a market that is there'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE set_fees('t1_tier', NULL, 1, 0) $$),
    '{"argument": "maker_fee_rate", "expected": "a fraction from -0.01 to 0.1 with at most 8 decimals"}',
    'the detail says what a rate is'
);
SELECT is_empty('rates', 'no refusal wrote anything');

-- Set, and set again
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 100, client_order_id => 'before'
) -> 'replayed' AS placed \gset
SET LOCAL ROLE tradebase_operator;
SELECT is(
    market.set_fees('t1_tier', NULL, -0.00010, 0.0003),
    '{"fee_tier": "t1_tier", "market": null, "maker_fee_rate": "-0.0001", "taker_fee_rate": "0.0003"}',
    'a tier has rates everywhere'
);
SELECT lives_ok($$ EXECUTE set_fees('t1_tier', 'T1BTC-T1USD', 0.0004, 0.0005) $$, 'and in one market others');
SELECT lives_ok($$ EXECUTE set_fees('t1_tier', NULL, 0, 0.0002) $$, 'which can be set again');
RESET ROLE;
SELECT results_eq(
    'rates', format($$ VALUES (NULL::integer, '0', '0.0002'), (%s, '0.0004', '0.0005') $$, :traded), 'one row each'
);
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 100, client_order_id => 'after'
) -> 'replayed' AS placed \gset
SELECT trading.place_order_for(
    :'alice', 'T1ETH-T1USD', 'buy', 'limit', 0.1, 100, client_order_id => 'elsewhere'
) -> 'replayed' AS placed \gset
SELECT results_eq(
    'orders',
    $$ VALUES ('before', 0.001, 0.002), ('after', 0.0004, 0.0005), ('elsewhere', 0, 0.0002) $$,
    'an order that rests keeps its rates, the next has the new ones'
);

SELECT finish();
ROLLBACK;
