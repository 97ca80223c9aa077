-- trading.amend_order_for(): less keeps its turn, anything else goes behind the queue, and a refusal leaves the order as it was.

BEGIN;
SELECT plan(55);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 2, 100) -> 'order' ->> 'id' AS one \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.5, 100, client_order_id => 'taken')
    -> 'order' ->> 'id' AS taker \gset
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', s.last_engine_seq + 1, 'events', jsonb_build_array(jsonb_build_object(
        'maker_order_id', :'one', 'taker_order_id', :'taker', 'price', '100', 'quantity', '0.5'
    ))
))) FROM (SELECT coalesce(max(last_engine_seq), 0) AS last_engine_seq FROM market.market_state WHERE market_id = :traded) AS s;
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS acked_order \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 10, client_order_id => 'named') ->> 'replayed';

PREPARE amend(numeric, numeric, text) AS SELECT trading.amend_order_for(:'alice', :'one', $1, $2, $3);
PREPARE amend_foreign AS SELECT trading.amend_order_for(:'bob', :'one', 1);
PREPARE amend_gone AS SELECT trading.amend_order_for(:'bob', :'taker', 0.4);
PREPARE amend_acked AS SELECT trading.amend_order_for(:'alice', :'acked_order', 0.5);
PREPARE amend_unknown(uuid) AS SELECT trading.amend_order_for(:'alice', $1, 1);
PREPARE amend_nobody AS SELECT trading.amend_order_for(NULL, :'one', 1);
PREPARE as_it_stands AS
SELECT o.quantity::numeric, o.price::numeric, o.filled_quantity::numeric, o.hold::numeric, o.status::text
FROM trading.orders AS o WHERE o.id = :'one';
PREPARE held AS
SELECT b.held::numeric FROM portfolio.balances AS b WHERE b.user_id = :'alice' AND b.asset_id = :t1usd;

SELECT results_eq(
    'as_it_stands', $$ VALUES (2::numeric, 100::numeric, 0.5::numeric, 150.3::numeric, 'partially_filled') $$,
    'two coins at 100, half a coin filled, fees of 0.2 % held with the rest'
);

GRANT USAGE ON SCHEMA trading TO service_role;
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE amend(NULL, NULL, NULL)', 'TR010', 'invalid quantity', 'something must change');
SELECT throws_ok('EXECUTE amend(''NaN'', NULL, NULL)', 'TR010', 'invalid quantity', 'NaN is no quantity');
SELECT throws_ok('EXECUTE amend(NULL, ''Infinity'', NULL)', 'TR010', 'invalid price', 'Infinity is no price');
SELECT throws_ok('EXECUTE amend(-1, NULL, NULL)', 'TR010', 'invalid quantity', 'a quantity is positive');
SELECT throws_ok('EXECUTE amend(0.5, NULL, NULL)', 'TR004', NULL, 'what is filled stays filled');
SELECT throws_ok('EXECUTE amend(1.00001, NULL, NULL)', 'TR004', NULL, 'a quantity is whole lots');
SELECT throws_ok('EXECUTE amend(NULL, 100.001, NULL)', 'TR003', NULL, 'a price is whole ticks');
SELECT throws_ok('EXECUTE amend(400, NULL, NULL)', 'TR101', NULL, 'more must be paid for');
SELECT throws_ok('EXECUTE amend(NULL, 101, ''named'')', 'TR204', NULL, 'a name belongs to one order');
SELECT throws_ok($$ EXECUTE amend('Infinity', NULL, NULL) $$, 'TR010', 'invalid quantity', 'nor is Infinity');
SELECT throws_ok($$ EXECUTE amend('-Infinity', NULL, NULL) $$, 'TR010', 'invalid quantity', 'nor -Infinity');
SELECT throws_ok('EXECUTE amend(0, NULL, NULL)', 'TR010', 'invalid quantity', 'nor nothing');
SELECT throws_ok('EXECUTE amend(1e18, NULL, NULL)', 'TR010', 'invalid quantity', 'a quantity is below 1e18');
SELECT throws_ok('EXECUTE amend(1e131071, NULL, NULL)', 'TR010', 'invalid quantity', 'by far');
SELECT throws_ok($$ EXECUTE amend('1e131072', NULL, NULL) $$, '22003', NULL, 'or not even a number');
SELECT throws_ok($$ EXECUTE amend(NULL, 'NaN', NULL) $$, 'TR010', 'invalid price', 'NaN is no price');
SELECT throws_ok('EXECUTE amend(NULL, 0, NULL)', 'TR010', 'invalid price', 'nor is nothing');
SELECT throws_ok('EXECUTE amend(NULL, -100, NULL)', 'TR010', 'invalid price', 'nor less');
SELECT throws_ok('EXECUTE amend(NULL, 1e18, NULL)', 'TR010', 'invalid price', 'nor 1e18');
SELECT throws_ok('EXECUTE amend(1.5, 60000, NULL)', 'TR005', NULL, 'a notional is not above the most');
SELECT throws_ok('EXECUTE amend(0.5001, 99, NULL)', 'TR004', NULL, 'what is not filled is an order of its own');
SELECT throws_ok($$ EXECUTE amend(NULL, 101, 'a name') $$, 'TR010', 'invalid client_order_id', 'a name has no blank');
SELECT throws_ok('EXECUTE amend_unknown(NULL)', 'TR010', 'invalid order_id', 'an order is named');
SELECT throws_ok(
    $$ EXECUTE amend_unknown('0190aaaa-0000-7000-8000-000000000001') $$, 'TR201', 'unknown order', 'that there is'
);
SELECT throws_ok('amend_foreign', 'TR201', 'unknown order', 'Bob does not know Alice''s order');
SELECT throws_ok('amend_gone', 'TR202', NULL, 'a filled order stays filled');
SELECT throws_ok('amend_acked', 'TR007', NULL, 'where the engine acknowledges nothing is changed behind its back');
SELECT throws_ok('amend_nobody', 'TR010', 'invalid user_id', 'somebody amends');
RESET ROLE;
UPDATE market.markets SET status = 'halted' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE amend(NULL, 101, NULL)', 'TR002', NULL, 'nothing is placed anew in a halted market');
RESET ROLE;
UPDATE market.markets SET status = 'open' WHERE id = :traded;
UPDATE system.system_config SET value = 'false' WHERE key = 'trading_enabled';
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE amend(NULL, 101, NULL)', 'TR904', NULL, 'nor while trading is disabled');
RESET ROLE;
UPDATE system.system_config SET value = 'true' WHERE key = 'trading_enabled';
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE amend(NULL, 101, NULL)', 'TR008', NULL, 'nor by who is suspended');
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'alice';
SELECT results_eq(
    'as_it_stands', $$ VALUES (2::numeric, 100::numeric, 0.5::numeric, 150.3::numeric, 'partially_filled') $$,
    'the refusals changed nothing'
);
SELECT is_empty(
    format($$ SELECT seq FROM trading.engine_commands WHERE order_id = %L AND kind <> 'place' $$, :'one'),
    'and no engine heard of them'
);

SET LOCAL ROLE service_role;
SELECT lives_ok('EXECUTE amend(1.5, NULL, NULL)', 'less is granted');
RESET ROLE;
SELECT results_eq(
    'as_it_stands', $$ VALUES (1.5::numeric, 100::numeric, 0.5::numeric, 100.2::numeric, 'partially_filled') $$,
    'in place: the hold follows'
);
SELECT results_eq(
    format('SELECT kind, payload ->> ''quantity'' FROM trading.engine_commands WHERE order_id = %L ORDER BY seq', :'one'),
    $$ VALUES ('place', '2'), ('amend', '1.5') $$, 'and the engine is told the new quantity'
);
SELECT results_eq('held', ARRAY[100.2 + 50.05 + 10.02], 'what it no longer needs is free');

SELECT trading.amend_order_for(:'alice', :'one', 2.5, 90, 'another') AS now \gset
SELECT results_eq(
    'as_it_stands', $$ VALUES (1.5::numeric, 100::numeric, 0.5::numeric, 0::numeric, 'canceled') $$,
    'another price closes it'
);
SELECT results_eq(
    format(
        'SELECT o.status::text, o.quantity::numeric, o.price::numeric, o.hold::numeric, o.client_order_id::text, o.replaces_order_id
         FROM trading.orders AS o WHERE o.id = %L', :'now'::jsonb ->> 'id'
    ),
    format(
        'VALUES (''open'', 2::numeric, 90::numeric, 180.36::numeric, ''another'', %L::uuid)', :'one'
    ),
    'and places what is not filled behind the queue, knowing what it replaces'
);
SELECT is(:'now'::jsonb ->> 'replaces_order_id', :'one', 'the answer is the new order');
SELECT is(
    trading.place_order_for(
        :'alice', 'T1BTC-T1USD', 'buy', 'limit', 2, 90, client_order_id => 'another', stp => 'cancel_taker'
    ) #>> '{order,id}',
    :'now'::jsonb ->> 'id', 'and its name stands for what was placed'
);
SELECT results_eq(
    format('SELECT close_reason::text FROM trading.orders WHERE id = %L', :'one'), ARRAY['replaced'], 'the old one says so'
);
SELECT results_eq('held', ARRAY[180.36 + 50.05 + 10.02], 'held is what the new one needs');
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);

-- The same again, a name that is taken, and what is too late or too little

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 80, 'day', 'day:1'
) -> 'order' ->> 'id' AS day_order \gset
PREPARE amend_day(numeric, numeric, text) AS SELECT trading.amend_order_for(:'alice', :'day_order', $1, $2, $3);
PREPARE day_stands AS
SELECT o.status::text, o.quantity::numeric, o.price::numeric FROM trading.orders AS o WHERE o.id = :'day_order';
SELECT is(
    trading.amend_order_for(:'alice', :'one', 2.5, 90, 'another') ->> 'id', :'now'::jsonb ->> 'id',
    'the same amendment under its name answers with what it made'
);
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE amend(2.5, 91, 'another') $$, 'TR202', NULL, 'another amendment of what was replaced comes too late'
);
SELECT throws_ok(
    $$ EXECUTE amend_day(2, 90, 'another') $$, 'TR204', NULL, 'a name that names an order names no other'
);
RESET ROLE;
UPDATE market.markets SET min_notional = 50 WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE amend_day(0.5, NULL, NULL)', 'TR005', NULL, 'an order stays worth something');
RESET ROLE;
UPDATE partitions.orders_open SET expires_at = clock_timestamp() - INTERVAL '1 minute' WHERE id = :'day_order';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    'EXECUTE amend_day(NULL, 81, NULL)', 'TR202', 'too late: the order is over', 'an order whose day is over stays over'
);
RESET ROLE;
SELECT results_eq(
    'day_stands', $$ VALUES ('open', 1::numeric, 80::numeric) $$, 'none of that changed the order'
);

SET LOCAL ROLE authenticated;
SELECT throws_ok('amend_nobody', '42501', NULL, 'a user names nobody');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('amend_nobody', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE anon;
SELECT throws_ok('amend_nobody', '42501', NULL, 'nor anybody off the street');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('amend_nobody', '42501', NULL, 'nor an operator');

RESET ROLE;
SELECT finish();
ROLLBACK;
