-- market.set_mark_price(): those who bring prices say what a market is worth, forwards in time, and nobody else.

BEGIN;
SELECT plan(27);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/let_in.psql

SELECT is_definer('market', 'set_mark_price', ARRAY['text', 'numeric', 'timestamp with time zone']);
SELECT function_owner_is(
    'market', 'set_mark_price', ARRAY['text', 'numeric', 'timestamp with time zone'], 'tradebase_kernel'
);
SELECT is(
    pg_temp.who_may_execute('market.set_mark_price(text,numeric,timestamptz)'),
    ARRAY['service_role', 'tradebase_engine'], 'those who bring prices may'
);
SELECT is(
    pg_temp.let_in($$ SELECT market.set_mark_price('T1BTC-T1USD', 1, '2026-01-01') $$), ARRAY['tradebase_engine'],
    'an engine does here, a service by api, and no user and no other staff'
);

PREPARE mark(text, numeric, timestamptz) AS SELECT market.set_mark_price($1, $2, $3);
PREPARE state AS
SELECT
    m.symbol, trim_scale(s.mark_price)::text, s.mark_at, trim_scale(s.last_price)::text, s.last_trade_seq, s.last_engine_seq
FROM market.market_state AS s JOIN market.markets AS m ON m.id = s.market_id
WHERE m.symbol LIKE 'T1%' ORDER BY m.symbol;

-- Bad input
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE mark('T1-NOT-HERE', 1, '2026-01-01') $$, 'TR001', 'unknown market', 'a market is known');
SELECT throws_ok($$ EXECUTE mark(NULL, 1, '2026-01-01') $$, 'TR001', 'unknown market', 'and named');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 0, '2026-01-01') $$, 'TR010', 'invalid price', 'nothing is no price');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', -1, '2026-01-01') $$, 'TR010', 'invalid price', 'nor is a debt');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 'NaN', '2026-01-01') $$, 'TR010', 'invalid price', 'nor NaN');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 'Infinity', '2026-01-01') $$, 'TR010', 'invalid price', 'nor Infinity');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 1e18, '2026-01-01') $$, 'TR010', 'invalid price', 'nor what is too much');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 1e-19, '2026-01-01') $$, 'TR010', 'invalid price', 'or too fine');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', NULL, '2026-01-01') $$, 'TR010', 'invalid price', 'a price is needed');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 1, NULL) $$, 'TR010', 'invalid at', 'so is a time');
SELECT throws_ok($$ EXECUTE mark('T1BTC-T1USD', 1, '-infinity') $$, 'TR010', 'invalid at', 'that is one');
SELECT throws_ok(
    $$ EXECUTE mark('T1BTC-T1USD', 1, clock_timestamp() + INTERVAL '90 seconds') $$, 'TR010', 'invalid at',
    'and has come, by most clocks'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE mark('T1BTC-T1USD', 'NaN', '2026-01-01') $$),
    '{"argument": "price", "expected": "above 0, below 1e18, with at most 18 decimals"}', 'the detail says what a price is'
);
SELECT results_eq(
    'state', $$ VALUES ('T1BTC-T1USD', NULL, NULL::timestamptz, '100', 1::bigint, 1::bigint) $$, 'no refusal wrote anything'
);

-- Forwards only
SET LOCAL ROLE tradebase_engine;
SELECT is(
    market.set_mark_price('T1BTC-T1USD', 110.50, '2026-01-01 00:00:00+00') - 'mark_at',
    '{"market": "T1BTC-T1USD", "mark_price": "110.5", "is_set": true}', 'a mark is set'
);
SELECT is(
    market.set_mark_price('T1BTC-T1USD', 90, '2025-12-31 23:59:59.999999+00'),
    '{"market": "T1BTC-T1USD", "mark_price": "110.5", "mark_at": "2026-01-01T00:00:00+00:00", "is_set": false}'::jsonb
    || jsonb_build_object('mark_at', TIMESTAMPTZ '2026-01-01 00:00:00+00'),
    'one of before comes late, and hears which stands'
);
SELECT is(
    market.set_mark_price('T1BTC-T1USD', 90, '2026-01-01 00:00:00+00') ->> 'is_set', 'false', 'of one time the first stands'
);
SELECT is(
    market.set_mark_price('T1BTC-T1USD', 111, '2026-01-01 00:00:01+00') ->> 'mark_price', '111', 'a later one replaces it'
);
SELECT is(
    market.set_mark_price('T1ETH-T1USD', 50, clock_timestamp() + INTERVAL '10 seconds') ->> 'is_set', 'true',
    'a market that never traded has one, by a clock that is a little fast'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT s.mark_price::numeric, s.mark_at, s.last_price::numeric, s.last_trade_seq
       FROM market.market_state AS s JOIN market.markets AS m ON m.id = s.market_id WHERE m.symbol = 'T1BTC-T1USD' $$,
    $$ VALUES (111::numeric, TIMESTAMPTZ '2026-01-01 00:00:01+00', 100::numeric, 1::bigint) $$,
    'the last price, and how far the market is settled, are as they were'
);
SELECT results_eq(
    $$ SELECT s.last_price::numeric, s.last_trade_seq, s.last_engine_seq
       FROM market.market_state AS s JOIN market.markets AS m ON m.id = s.market_id WHERE m.symbol = 'T1ETH-T1USD' $$,
    $$ VALUES (NULL::numeric, 0::bigint, 0::bigint) $$, 'nothing was settled there'
);
SELECT lives_ok(
    format(
        $$ SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
            'market', 'T1ETH-T1USD', 'first_seq', 1, 'events', jsonb_build_array(
                jsonb_build_object('order_id', %L, 'status', 'canceled', 'reason', 'user_cancel')
            )
        ))) $$, :'alice_open'
    ), 'and what is settled first finds the row'
);
SELECT is_empty('SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0', 'every promise holds');

SELECT finish();
ROLLBACK;
