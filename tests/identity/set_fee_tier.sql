-- identity.set_fee_tier(): an operator puts a customer into a tier that has fees; orders that rest keep theirs.

BEGIN;
SELECT plan(20);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'set_fee_tier', ARRAY['uuid', 'text']);
SELECT function_owner_is('identity', 'set_fee_tier', ARRAY['uuid', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('identity.set_fee_tier(uuid,text)'), ARRAY['tradebase_operator'], 'it is for the operator'
);
PREPARE set_tier(uuid, text) AS SELECT identity.set_fee_tier($1, $2);
PREPARE alices(text) AS SELECT identity.set_fee_tier(:'alice', $1);
PREPARE tiers AS SELECT u.fee_tier FROM identity.users AS u WHERE u.id IN (:'alice', :'bob') ORDER BY u.id;
INSERT INTO market.fee_schedules (fee_tier, maker_fee_rate, taker_fee_rate) VALUES ('t1_vip', 0, 0.0001);

-- Who may
SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE alices('t1_vip') $$, '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok($$ EXECUTE alices('t1_vip') $$, '42501', NULL, 'not Alice herself');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok($$ EXECUTE alices('t1_vip') $$, '42501', NULL, 'nor Bob');
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE alices('t1_vip') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE alices('t1_vip') $$, '42501', NULL, 'nor an engine');

-- Bad input
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE alices('t1_none') $$, 'TR010', 'invalid fee_tier', 'a tier has fees');
SELECT throws_ok($$ EXECUTE alices('') $$, 'TR010', 'invalid fee_tier', 'it is not empty');
SELECT throws_ok('EXECUTE alices(NULL)', 'TR010', 'invalid fee_tier', 'and there is one');
SELECT throws_ok(
    $$ EXECUTE set_tier('cccccccc-0000-4000-8000-00000000000c', 't1_vip') $$, 'TR012', 'unknown user', 'so is a user'
);
SELECT throws_ok(
    $$ EXECUTE set_tier('00000000-0000-7000-8000-000000000001', 't1_vip') $$, 'TR012', 'unknown user',
    'the platform pays itself no fees'
);
SELECT throws_ok($$ EXECUTE set_tier(NULL, 't1_vip') $$, 'TR012', 'unknown user', 'nor does nobody');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE alices('t1_none') $$),
    '{"argument": "fee_tier", "expected": "standard, or a tier that has fees"}', 'the detail says what a tier is'
);
SELECT results_eq('tiers', ARRAY['t1_tier', 't1_tier'], 'no refusal wrote anything');

-- Set
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 100) -> 'replayed' AS placed \gset
SET LOCAL ROLE tradebase_operator;
SELECT is(
    identity.set_fee_tier(:'alice', 't1_vip'), jsonb_build_object('user_id', :'alice', 'fee_tier', 't1_vip'),
    'Alice is in it'
);
SELECT lives_ok(format('EXECUTE set_tier(%L, %L)', :'bob', 'standard'), 'standard needs no fees of its own');
RESET ROLE;
SELECT results_eq('tiers', ARRAY['t1_vip', 'standard'], 'each where they were put');
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 100) -> 'replayed' AS placed \gset
SELECT results_eq(
    $$ SELECT o.maker_fee_rate::numeric, o.taker_fee_rate::numeric FROM trading.orders AS o
       WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' ORDER BY o.seq $$,
    $$ VALUES (0.001, 0.002), (0, 0.0001) $$, 'an order that rests keeps its rates, the next has the tier''s'
);

SELECT finish();
ROLLBACK;
