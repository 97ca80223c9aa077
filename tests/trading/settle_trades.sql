-- trading.settle_trades(): what the engine did is settled exactly once and to the cent, what it cannot have done never.

BEGIN;
SELECT plan(280);
\ir ../fixtures/trading_settlement.psql

SELECT is_definer('trading', 'settle_trades', ARRAY['jsonb']);
SELECT function_owner_is('trading', 'settle_trades', ARRAY['jsonb'], 'tradebase_kernel');

-- The answer but for the tokens, of which there is one for each market.
CREATE FUNCTION pg_temp.settled(batches jsonb)
RETURNS jsonb
LANGUAGE sql
AS $$
    SELECT jsonb_agg(a.told - 'write_token' ORDER BY a.n) FILTER (WHERE a.told ->> 'write_token' LIKE '________._%._%')
    FROM jsonb_array_elements(trading.settle_trades(batches)) WITH ORDINALITY AS a (told, n)
$$;
GRANT EXECUTE ON FUNCTION pg_temp.settled TO tradebase_engine;
-- Of a service too, which has no schema to name it in.
PREPARE settle(jsonb) AS
SELECT jsonb_agg(a.told - 'write_token' ORDER BY a.n)
FROM jsonb_array_elements(trading.settle_trades($1)) WITH ORDINALITY AS a (told, n);
PREPARE orders(text) AS
SELECT
    p.name, o.status::text, o.filled_quantity::numeric, o.filled_quote::numeric, o.fee_total::numeric, o.hold::numeric,
    o.close_reason::text, o.closed_at < 'infinity', o.on_book
FROM placed AS p JOIN trading.orders AS o ON o.id = p.id
WHERE p.name ~ $1 ORDER BY p.name COLLATE "C";
PREPARE tape(integer, bigint) AS
SELECT
    t.seq, t.engine_seq, t.price::numeric, t.quantity::numeric, t.quote_quantity::numeric, t.taker_side::text, m.name, k.name
FROM trading.trades AS t
JOIN placed AS m ON m.id = t.maker_order_id
JOIN placed AS k ON k.id = t.taker_order_id
WHERE t.market_id = $1 AND t.seq >= $2 ORDER BY t.seq;
PREPARE fills(integer, bigint) AS
SELECT
    f.trade_seq, p.name, f.side::text, f.liquidity::text, f.price::numeric, f.quantity::numeric, f.quote_quantity::numeric,
    f.fee::numeric, f.fee_rate::numeric, f.realized_pnl::numeric
FROM trading.fills AS f JOIN placed AS p ON p.id = f.order_id
WHERE f.market_id = $1 AND f.trade_seq >= $2 ORDER BY f.trade_seq, f.liquidity;
PREPARE balances(uuid[]) AS
SELECT b.user_id, a.code, b.available::numeric, b.held::numeric
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id = ANY($1) AND a.code IN ('T1USD', 'T1BTC') ORDER BY b.user_id, a.code COLLATE "C";
-- Of the newest journal.
PREPARE entries AS
SELECT l.user_id, a.code, l.reason::text, l.d_available::numeric, l.d_held::numeric, l.ref_id = l.journal_id
FROM portfolio.ledger_entries AS l JOIN market.assets AS a ON a.id = l.asset_id
WHERE l.journal_id = (
    SELECT n.journal_id FROM portfolio.ledger_entries AS n
    WHERE n.asset_id IN (:t1usd, :t1btc, :t1old) ORDER BY n.id DESC LIMIT 1
)
ORDER BY l.user_id, a.code COLLATE "C";
PREPARE positions(integer) AS
SELECT p.user_id, p.quantity::numeric, p.entry_cost::numeric, p.realized_pnl::numeric, p.fees::numeric, p.version
FROM trading.positions AS p WHERE p.market_id = $1 ORDER BY p.user_id;
PREPARE fees_account AS
SELECT sum(l.d_available + l.d_held) FROM portfolio.ledger_entries AS l
WHERE l.user_id = identity.system_user_id('fees') AND l.asset_id = :t1usd;

-- Who may: the engine, and the service that speaks for one

SELECT is(
    pg_temp.who_may_execute('trading.settle_trades(jsonb)'), ARRAY['service_role', 'tradebase_engine'],
    'only an engine and a service may'
);
SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE settle('[]') $$, '42501', NULL, 'nobody off the street settles');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE settle('[]') $$, '42501', NULL, 'Alice does not settle her own trades');
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok($$ EXECUTE settle('[]') $$, '42501', NULL, 'nor does Bob');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE settle('[]') $$, '42501', NULL, 'nor an operator');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE settle('[]') $$, 'TR010', NULL, 'a service gets as far as the argument');
RESET ROLE;

-- One trade: a buy that rests, a sell that comes in

SELECT pg_temp.place('bid1', :'alice', 'buy', 2, 100.1);
SELECT pg_temp.place('ask1', :'bob', 'sell', 1.5, 99.9);
SELECT results_eq(
    $$ EXECUTE balances('{aaaaaaaa-0000-4000-8000-00000000000a, bbbbbbbb-0000-4000-8000-00000000000b}') $$,
    $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', 100.0, 0.0),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 9799.39, 200.61),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 98.5, 1.5),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 10000, 0)
$$, 'before it both orders hold what they may cost'
);
SET LOCAL ROLE tradebase_engine;
SELECT results_eq(
    $$ EXECUTE settle(pg_temp.batch(1, 'bid1 ask1 100.1 1.5 2026-01-01T00:00:00.000001Z')) $$,
    $$ VALUES (jsonb '[{"market": "T1BTC-T1USD", "last_seq": 1, "applied": 1}]') $$,
    'the answer says how far the market is'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('1$') $$, $$ VALUES
    ('ask1', 'filled', 1.5, 150.15, 0.30, 0.0, 'filled', TRUE, FALSE),
    ('bid1', 'partially_filled', 1.5, 150.15, -0.07, 50.16, NULL, FALSE, TRUE)
$$, 'the sell is filled and closed, the buy rests with the hold of what it has left');
SELECT results_eq(format('EXECUTE tape(%s, 1)', :btc_usd), $$ VALUES
    (1::bigint, 1::bigint, 100.1, 1.5, 150.15, 'sell', 'bid1', 'ask1')
$$, 'the tape has the trade as number one');
SELECT is(
    (SELECT t.engine_at FROM trading.trades AS t WHERE t.market_id = :btc_usd AND t.seq = 1),
    '2026-01-01T00:00:00.000001Z', 'with the engine''s time'
);
SELECT results_eq(format('EXECUTE fills(%s, 1)', :btc_usd), $$ VALUES
    (1::bigint, 'bid1', 'buy', 'maker', 100.1, 1.5, 150.15, -0.07, -0.0005, 0.0),
    (1, 'ask1', 'sell', 'taker', 100.1, 1.5, 150.15, 0.30, 0.002, 0)
$$, 'each side has its fill: the maker''s rebate and the taker''s fee lose the fraction of a cent');
SELECT is(
    (
        SELECT count(*) FROM trading.fills AS f JOIN trading.trades AS t ON t.id = f.trade_id
        WHERE t.market_id = :btc_usd AND f.fee_asset_id = :t1usd AND f.user_id IN (:'alice', :'bob')
    ), 2::bigint, 'both of that trade, of their users, in the quote asset'
);
SELECT results_eq(
    $$ EXECUTE balances('{aaaaaaaa-0000-4000-8000-00000000000a, bbbbbbbb-0000-4000-8000-00000000000b}') $$,
    $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', 101.5, 0.0),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 9799.76, 50.16),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 98.5, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 10149.85, 0)
$$, 'money and coin change hands, and the rebate and the fee nobody took are free'
);
SELECT results_eq('entries', $$ VALUES
    ('00000000-0000-7000-8000-000000000001'::uuid, 'T1USD', 'trade', 0.23, 0.0, TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC', 'trade', 1.5, 0, TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 'trade', 0.37, -150.45, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 'trade', 0, -1.5, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 'trade', 149.85, 0, TRUE)
$$, 'one journal says so, the fees account in it');
SELECT results_eq(format('EXECUTE positions(%s)', :btc_usd), $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 1.5, 150.15, 0.0, -0.07, 1::bigint),
    ('bbbbbbbb-0000-4000-8000-00000000000b', -1.5, -150.15, 0, 0.30, 1)
$$, 'the buyer is long, the seller short');
SELECT results_eq(
    format($$ SELECT s.last_engine_seq, s.last_trade_seq, s.last_price::numeric, s.last_trade_at IS NOT NULL
       FROM market.market_state AS s WHERE s.market_id = %s $$, :btc_usd),
    $$ VALUES (1::bigint, 1::bigint, 100.1, TRUE) $$, 'the market knows its last price'
);

-- Several trades of one order: a buy that comes in above the book

SELECT pg_temp.place('ask2', :'bob', 'sell', 1, 100);
SELECT pg_temp.place('ask3', :'bob', 'sell', 1, 100.5);
SELECT pg_temp.place('buy2', :'carol', 'buy', 1.8, 101);
SET LOCAL ROLE tradebase_engine;
SELECT results_eq(
    $$ EXECUTE settle(pg_temp.batch(2, 'ask2 buy2 100 1', 'ask3 buy2 100.5 0.8')) $$,
    $$ VALUES (jsonb '[{"market": "T1BTC-T1USD", "last_seq": 3, "applied": 2}]') $$, 'two trades of one order settle'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^(ask2|ask3|buy2)$') $$, $$ VALUES
    ('ask2', 'filled', 1.0, 100.0, -0.05, 0.0, 'filled', TRUE, FALSE),
    ('ask3', 'partially_filled', 0.8, 80.4, -0.04, 0.2, NULL, FALSE, TRUE),
    ('buy2', 'filled', 1.8, 180.4, 0.36, 0, 'filled', TRUE, FALSE)
$$, 'its fee is the sum of the truncated fees, not the fee of the sum');
SELECT results_eq('entries', $$ VALUES
    ('00000000-0000-7000-8000-000000000001'::uuid, 'T1USD', 'trade', 0.27, 0.0, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 'trade', 0, -1.8, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 'trade', 180.49, 0, TRUE),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1BTC', 'trade', 1.8, 0, TRUE),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 'trade', 1.41, -182.17, TRUE)
$$, 'the better price comes back to the buyer, one entry per balance');
SELECT results_eq(format('EXECUTE tape(%s, 2)', :btc_usd), $$ VALUES
    (2::bigint, 2::bigint, 100.0, 1.0, 100.0, 'buy', 'ask2', 'buy2'),
    (3, 3, 100.5, 0.8, 80.4, 'buy', 'ask3', 'buy2')
$$, 'the tape goes on without a gap');
SELECT results_eq(format('EXECUTE fills(%s, 2)', :btc_usd), $$ VALUES
    (2::bigint, 'ask2', 'sell', 'maker', 100.0, 1.0, 100.0, -0.05, -0.0005, 0.0),
    (2, 'buy2', 'buy', 'taker', 100, 1, 100, 0.20, 0.002, 0),
    (3, 'ask3', 'sell', 'maker', 100.5, 0.8, 80.4, -0.04, -0.0005, 0),
    (3, 'buy2', 'buy', 'taker', 100.5, 0.8, 80.4, 0.16, 0.002, 0)
$$, 'two fills each');

-- Trade and close in one batch, and a sequence that counts closes while the tape does not

SELECT pg_temp.place('sell4', :'carol', 'sell', 0.5, 100, time_in_force => 'ioc');
SELECT pg_temp.batch(
    4, 'bid1 sell4 100.1 0.2', 'sell4 expired ioc_remainder', 'bid1 canceled user_cancel'
) AS trade_and_close \gset
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(:'trade_and_close'), '[{"market": "T1BTC-T1USD", "last_seq": 6, "applied": 3}]',
    'an order trades and closes in one batch'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^(bid1|sell4)$') $$, $$ VALUES
    ('bid1', 'canceled', 1.7, 170.17, -0.08, 0.0, 'user_cancel', TRUE, FALSE),
    ('sell4', 'expired', 0.2, 20.02, 0.04, 0, 'ioc_remainder', TRUE, FALSE)
$$, 'both keep what they filled and hold nothing');
SELECT results_eq('entries', $$ VALUES
    ('00000000-0000-7000-8000-000000000001'::uuid, 'T1USD', 'trade', 0.03, 0.0, TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC', 'trade', 0.2, 0, TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 'trade', 30.15, -50.16, TRUE),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1BTC', 'trade', 0.3, -0.5, TRUE),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 'trade', 19.98, 0, TRUE)
$$, 'what is left of the holds is free again');

-- Closes alone

SELECT pg_temp.place('close1', :'alice', 'buy', 1, 90.1);
SELECT pg_temp.place('close2', :'bob', 'sell', 1, 110, time_in_force => 'day');
SELECT pg_temp.place('old1', :'alice', 'buy', 2, 10, 'T1OLD-T1USD');
SELECT pg_temp.place('old2', :'bob', 'sell', 2, 10, 'T1OLD-T1USD');
SELECT pg_temp.place('old3', :'bob', 'sell', 2, 10, 'T1OLD-T1USD');
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(pg_temp.batch(7, 'close1 canceled cancel_all', 'close2 expired day_end')),
    '[{"market": "T1BTC-T1USD", "last_seq": 8, "applied": 2}]', 'orders close that never traded'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^close') $$, $$ VALUES
    ('close1', 'canceled', 0.0, 0.0, 0.0, 0.0, 'cancel_all', TRUE, FALSE),
    ('close2', 'expired', 0, 0, 0, 0, 'day_end', TRUE, FALSE)
$$, 'as the engine says');
SELECT results_eq('entries', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1USD', 'order_release', 90.29, -90.29, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 'order_release', 1, -1, TRUE)
$$, 'their holds are released');
SELECT results_eq(
    format($$ SELECT s.last_engine_seq, s.last_trade_seq, s.last_price::numeric
       FROM market.market_state AS s WHERE s.market_id = %s $$, :btc_usd),
    $$ VALUES (8::bigint, 4::bigint, 100.1) $$, 'the watermark counts them, the tape does not'
);
-- By a statement that names it already: a service calls it through api and has no way into the schema.
SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ EXECUTE settle(jsonb_build_array(
        pg_temp.batch_of('T1OLD-T1USD', 1, 'old1 old2 10 0.5')
    )) $$,
    $$ VALUES (jsonb '[{"market": "T1OLD-T1USD", "last_seq": 1, "applied": 1}]') $$,
    'a service settles too, and orders that were pending trade'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^old') $$, $$ VALUES
    ('old1', 'partially_filled', 0.5, 5.0, 0.0, 15.0, NULL, FALSE, TRUE),
    ('old2', 'partially_filled', 0.5, 5, 0, 1.5, NULL, FALSE, TRUE),
    ('old3', 'pending', 0, 0, 0, 2, NULL, FALSE, FALSE)
$$, 'a trade puts them into the book');
SELECT results_eq(format('EXECUTE tape(%s, 1)', :old_usd), $$ VALUES
    (1::bigint, 1::bigint, 10.0, 0.5, 5.0, 'sell', 'old1', 'old2')
$$, 'each market counts its own trades');
SELECT results_eq('entries', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1OLD', 'trade', 0.5, 0.0, TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 'trade', 0, -5, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1OLD', 'trade', 0, -0.5, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 'trade', 5, 0, TRUE)
$$, 'where no fee is due the fees account has no entry'
);

-- Exactly once

SELECT pg_temp.state() AS settled \gset
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(:'trade_and_close'), '[{"market": "T1BTC-T1USD", "last_seq": 8, "applied": 0}]',
    'the same batch again applies nothing'
);
SELECT is(
    pg_temp.settled(pg_temp.batch(1, 'bid1 ask1 100.10 1.50')),
    '[{"market": "T1BTC-T1USD", "last_seq": 8, "applied": 0}]', 'nor does it with other zeros'
);
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'and changes nothing');
CREATE TEMPORARY TABLE refusals (
    n integer GENERATED ALWAYS AS IDENTITY, code text NOT NULL, event text, why text NOT NULL, batches jsonb
);
GRANT SELECT ON refusals TO tradebase_engine;
INSERT INTO refusals (code, event, why, batches) VALUES
('TR302', '0', 'a replay at another price is another trade', pg_temp.batch(1, 'bid1 ask1 100 1.5')),
('TR302', '0', 'nor is it of another quantity', pg_temp.batch(1, 'bid1 ask1 100.1 1.4')),
('TR302', '0', 'nor with maker and taker exchanged', pg_temp.batch(1, 'ask1 bid1 100.1 1.5')),
(
    'TR302', '1', 'the one that differs is named',
    pg_temp.batch(2, 'ask2 buy2 100 1', 'ask3 buy2 100.5 0.7', 'bid1 sell4 100.1 0.1')
),
('TR302', '0', 'what was a trade is no close', pg_temp.batch(1, 'ask1 canceled user_cancel')),
('TR302', '0', 'what was a close is no trade', pg_temp.batch(5, 'bid1 sell4 100.1 0.2')),
('TR302', '0', 'a close is not of another order', pg_temp.batch(7, 'close2 expired day_end')),
('TR302', '0', 'nor in another status', pg_temp.batch(7, 'close1 expired max_age'));
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(format('SELECT trading.settle_trades(%L)', r.batches), r.code, NULL, r.why)
FROM refusals AS r ORDER BY r.n;
SELECT is(
    pg_temp.settlement_detail(r.batches) ->> 'event', r.event,
    'event named: ' || r.why
)
FROM refusals AS r ORDER BY r.n;
SELECT throws_ok(
    $$ EXECUTE settle(pg_temp.batch(10, 'ask3 canceled user_cancel')) $$, 'TR301', NULL, 'a gap is refused'
);
SELECT is(
    pg_temp.settlement_detail(pg_temp.batch(10, 'ask3 canceled user_cancel')),
    '{"market": "T1BTC-T1USD", "expected": 9}', 'the detail says what is expected'
);
SELECT is(
    pg_temp.settlement_detail(
        pg_temp.batch(9, 'ask3 canceled user_cancel')
        || pg_temp.batch_of('T1OLD-T1USD', 4, 'old1 canceled user_cancel')
    ),
    '{"market": "T1OLD-T1USD", "expected": 2}', 'also in the second of two markets'
);
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'none of it changes anything');
SELECT pg_temp.place('sell5', :'frank', 'sell', 0.1, 100);
SELECT pg_temp.place('buy5', :'alice', 'buy', 0.1, 100);
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(pg_temp.batch(
        6, 'bid1 canceled user_cancel', 'close1 canceled cancel_all', 'close2 expired day_end', 'buy5 sell5 100 0.1'
    )),
    '[{"market": "T1BTC-T1USD", "last_seq": 9, "applied": 1}]', 'of an overlap only what is new applies'
);
RESET ROLE;
SELECT results_eq(format('EXECUTE tape(%s, 5)', :btc_usd), $$ VALUES
    (5::bigint, 9::bigint, 100.0, 0.1, 10.0, 'sell', 'buy5', 'sell5')
$$, 'once');

-- What an engine cannot have done: after a first event that is fine

SELECT pg_temp.place('bid', :'alice', 'buy', 1, 100);
SELECT pg_temp.place('bid_too', :'carol', 'buy', 1, 100);
SELECT pg_temp.place('bid_post', :'carol', 'buy', 1, 100, post_only => TRUE);
SELECT pg_temp.place('bid_fok', :'carol', 'buy', 1, 100, time_in_force => 'fok');
SELECT pg_temp.place('bid_twin', :'erin', 'buy', 1, 100);
SELECT pg_temp.place('ask', :'bob', 'sell', 1, 100);
SELECT pg_temp.place('ask_too', :'bob', 'sell', 1, 100);
SELECT pg_temp.place('ask_low', :'bob', 'sell', 1, 99);
SELECT pg_temp.place('ask_ioc', :'carol', 'sell', 1, 99, time_in_force => 'ioc');
SELECT pg_temp.place('ask_mkt', :'carol', 'sell', 1, NULL, time_in_force => 'ioc');
SELECT pg_temp.state() AS settled \gset
TRUNCATE refusals;
INSERT INTO refusals (code, event, why, batches)
SELECT c.code, c.event, c.why, pg_temp.batch(10, VARIADIC ARRAY['bid ask 100 0.1'] || c.events)
FROM (VALUES
    (
        'TR303', '1', 'a maker that nobody knows', ARRAY['01694d4b-b100-7000-8000-000000000001 ask 100 0.1']
    ),
    ('TR303', '1', 'a taker that nobody knows', ARRAY['bid 01694d4b-b100-7000-8000-000000000001 100 0.1']),
    ('TR303', '1', 'a trade of a closed order', ARRAY['bid1 ask 100 0.1']),
    ('TR303', '1', 'a trade of an order of another market', ARRAY['old1 ask 10 0.1']),
    ('TR303', '1', 'a close of nobody', ARRAY['01694d4b-b100-7000-8000-000000000001 canceled user_cancel']),
    ('TR303', '1', 'a close of a closed order', ARRAY['bid1 canceled user_cancel']),
    ('TR303', '1', 'a close of an order of another market', ARRAY['old1 canceled user_cancel']),
    ('TR303', '2', 'a trade after its close', ARRAY['bid canceled user_cancel', 'bid ask 100 0.1']),
    (
        'TR303', '2', 'a trade after its close that would fill it',
        ARRAY['bid_too canceled user_cancel', 'bid_too ask_too 100 1']
    ),
    ('TR303', '2', 'a second close', ARRAY['bid canceled user_cancel', 'bid canceled user_cancel']),
    ('TR303', '2', 'a close of what the batch fills', ARRAY['bid_too ask_too 100 1', 'bid_too canceled user_cancel']),
    ('TR304', '1', 'two buys', ARRAY['bid bid_too 100 0.1']),
    ('TR304', '1', 'two sells', ARRAY['ask ask_ioc 100 0.1', 'ask_ioc expired ioc_remainder']),
    ('TR304', '1', 'an order with itself', ARRAY['bid bid 100 0.1']),
    ('TR304', '1', 'a price above the buyer''s limit', ARRAY['bid ask 100.1 0.1']),
    ('TR304', '1', 'a price below the seller''s limit', ARRAY['bid ask 99.9 0.1']),
    ('TR304', '1', 'a price between two ticks', ARRAY['bid ask_low 99.95 0.1']),
    ('TR304', '1', 'a quantity between two lots', ARRAY['bid ask 100 0.15']),
    ('TR304', '1', 'a post_only order that takes', ARRAY['ask bid_post 100 0.1']),
    ('TR305', '1', 'more than is left, in one event', ARRAY['bid ask_low 100 1']),
    ('TR305', '2', 'more than is left, in sum', ARRAY['bid ask_low 100 0.6', 'bid ask_too 100 0.4']),
    ('TR306', '1', 'two orders of one self-trade group', ARRAY['bid_twin ask 100 0.1']),
    ('TR203', '1', 'an ioc order that stays open', ARRAY['bid ask_ioc 100 0.1']),
    ('TR203', '1', 'a market order that stays open', ARRAY['bid ask_mkt 100 0.1']),
    ('TR203', '1', 'a fok order that stays open', ARRAY['ask bid_fok 100 0.1']),
    (
        'TR203', '1', 'a fok order that fills in part and closes',
        ARRAY['ask bid_fok 100 0.1', 'bid_fok expired fok_unfillable']
    ),
    ('TR203', '1', 'an open order that is rejected', ARRAY['ask_too rejected engine_reject']),
    ('TR203', '1', 'an order that trades and is rejected', ARRAY['bid rejected engine_reject'])
) AS c (code, event, why, events);
INSERT INTO refusals (code, event, why, batches)
SELECT 'TR010', '1', c.why, pg_temp.batch(10, 'bid ask 100 0.1', c.shorthand)
FROM (
    SELECT format('a price of %s', left(v.value, 20)), format('bid ask %s 0.1', v.value), 1
    FROM (VALUES ('NaN'), ('Infinity'), ('-1'), ('0'), ('0.0'), ('1e2'), ('1' || repeat('0', 131072)), ('ten'))
        AS v (value)
    UNION ALL
    SELECT format('a quantity of %s', left(v.value, 20)), format('bid ask 100 %s', v.value), 2
    FROM (VALUES ('NaN'), ('Infinity'), ('-1'), ('0'), ('0.0'), ('1e2'), ('1' || repeat('0', 131072)), ('ten'))
        AS v (value)
    UNION ALL
    SELECT format('a time of %s', v.value), 'bid ask 100 0.1 ' || v.value, 3
    FROM (VALUES
        ('yesterday'), ('2026-01-01'), ('2026-01-01T00:00:00'), ('2026-02-30T00:00:00Z'), ('2026-01-01T25:00:00Z'),
        ('infinity')
    ) AS v (value)
    UNION ALL
    VALUES
    ('a maker that is no uuid', 'nobody ask 100 0.1', 4),
    ('a taker that is no uuid', 'bid nobody 100 0.1', 4),
    ('a price of 1e18', 'bid ask 1000000000000000000 0.1', 4),
    ('a price of 19 decimals', 'bid ask 1.0000000000000000001 0.1', 4),
    ('a trade without a quantity', 'bid ask 100 ', 4),
    ('a close of what is no uuid', 'nobody canceled user_cancel', 4),
    ('a close as what is no status', 'bid gone user_cancel', 4),
    ('a close as filled', 'bid filled user_cancel', 4),
    ('a close for no reason that is known', 'bid canceled whim', 4),
    ('a close for being filled', 'bid canceled filled', 4)
) AS c (why, shorthand, n)
ORDER BY c.n;
INSERT INTO refusals (code, event, why, batches)
SELECT 'TR010', '1', 'an event that is ' || c.content, jsonb_set(
    pg_temp.batch(10, 'bid ask 100 0.1', 'bid ask 100 0.1'), '{0,events,1}', c.content::jsonb
)
FROM (VALUES ('null'), ('1'), ('"order_id"'), ('[]'), ('{}'), ('{"order_id": null}')) AS c (content);
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(format('SELECT trading.settle_trades(%L)', r.batches), r.code, NULL, r.why || ' is refused')
FROM refusals AS r ORDER BY r.n;
SELECT is(
    pg_temp.settlement_detail(r.batches) ->> 'event', r.event,
    'event named: ' || r.why
)
FROM refusals AS r ORDER BY r.n;
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'of none of these batches anything applies');

-- Batches that are none

TRUNCATE refusals;
INSERT INTO refusals (code, event, why, batches)
SELECT c.code, c.batch, c.why, c.batches
FROM (VALUES
    ('TR010', NULL, 'NULL', NULL::jsonb),
    ('TR010', NULL, 'a null', 'null'),
    ('TR010', NULL, 'an object', pg_temp.batch(10, 'bid ask 100 0.1') -> 0),
    ('TR010', NULL, 'a string', '"T1BTC-T1USD"'),
    ('TR010', NULL, 'an empty list', '[]'),
    ('TR010', '0', 'a batch of no events', jsonb_set(pg_temp.batch(10, 'bid ask 100 0.1'), '{0,events}', '[]')),
    (
        'TR010', '0', 'a batch whose events are no list',
        jsonb_set(pg_temp.batch(10, 'bid ask 100 0.1'), '{0,events}', '{}')
    ),
    ('TR010', '0', 'a batch without events', pg_temp.batch(10, 'bid ask 100 0.1') #- '{0,events}'),
    ('TR010', '0', 'a batch without first_seq', pg_temp.batch(10, 'bid ask 100 0.1') #- '{0,first_seq}'),
    ('TR010', '0', 'a first_seq of null', jsonb_set(pg_temp.batch(10, 'bid ask 100 0.1'), '{0,first_seq}', 'null')),
    ('TR010', '0', 'a first_seq of 0', pg_temp.batch(0, 'bid ask 100 0.1')),
    ('TR010', '0', 'a first_seq of -1', pg_temp.batch(-1, 'bid ask 100 0.1')),
    ('TR010', '0', 'a first_seq of 1.5', jsonb_set(pg_temp.batch(10, 'bid ask 100 0.1'), '{0,first_seq}', '1.5')),
    ('TR010', '0', 'a first_seq of 1e30', jsonb_set(pg_temp.batch(10, 'bid ask 100 0.1'), '{0,first_seq}', '1e30')),
    (
        'TR010', '1', 'a market twice',
        pg_temp.batch(10, 'bid ask 100 0.1') || pg_temp.batch(11, 'bid ask 100 0.1')
    ),
    (
        'TR001', '1', 'a market that nobody knows',
        pg_temp.batch(10, 'bid ask 100 0.1') || pg_temp.batch_of('T1NIL-T1USD', 1, 'bid ask 100 0.1')
    ),
    ('TR001', '0', 'a batch without market', pg_temp.batch(10, 'bid ask 100 0.1') #- '{0,market}'),
    (
        'TR307', '1', 'a market that is matched here',
        pg_temp.batch(10, 'bid ask 100 0.1') || pg_temp.batch_of('T1OLD-T1BTC', 1, 'bid ask 100 0.1')
    )
) AS c (code, batch, why, batches);
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(format('SELECT trading.settle_trades(%L)', r.batches), r.code, NULL, r.why || ' is refused')
FROM refusals AS r ORDER BY r.n;
SELECT is(
    pg_temp.settlement_detail(r.batches) ->> 'batch', r.event,
    'batch named: ' || r.why
)
FROM refusals AS r ORDER BY r.n;
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'of them nothing applies either');

-- Five hundred events, one of them bad

SELECT pg_temp.place('many_bid', :'alice', 'buy', 50, 1);
SELECT pg_temp.place('many_ask', :'frank', 'sell', 50, 1);
SELECT pg_temp.state() AS settled \gset
SELECT pg_temp.batch(10, VARIADIC array_fill('many_bid many_ask 1 0.1'::text, ARRAY[500])) AS many \gset
SELECT
    jsonb_set(:'many', '{0,events,317,price}', '"1.1"') AS bad_price,
    jsonb_set(:'many', '{0,events,317,quantity}', '"NaN"') AS bad_quantity \gset
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    format('SELECT trading.settle_trades(%L)', :'bad_price'), 'TR304', NULL, 'one bad price among 500 refuses all'
);
SELECT is(
    pg_temp.settlement_detail(:'bad_price') ->> 'event', '317', 'it is named'
);
SELECT throws_ok(
    format('SELECT trading.settle_trades(%L)', :'bad_quantity'), 'TR010', NULL, 'so does one bad quantity'
);
SELECT is(
    pg_temp.settlement_detail(:'bad_quantity') ->> 'event', '317',
    'it is named as well'
);
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'none of the 500 applies');
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(:'many'), '[{"market": "T1BTC-T1USD", "last_seq": 509, "applied": 500}]',
    'without it all of them do'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^many') $$, $$ VALUES
    ('many_ask', 'filled', 50.0, 50.0, 0.0, 0.0, 'filled', TRUE, FALSE),
    ('many_bid', 'filled', 50, 50, 0, 0, 'filled', TRUE, FALSE)
$$, 'fees below a cent are none, however many');
SELECT results_eq(
    format($$ SELECT min(t.seq), max(t.seq), count(*), count(DISTINCT t.seq), min(t.engine_seq), max(t.engine_seq)
       FROM trading.trades AS t WHERE t.market_id = %s $$, :btc_usd),
    $$ VALUES (1::bigint, 505::bigint, 505::bigint, 505::bigint, 1::bigint, 509::bigint) $$, 'the tape has no gap'
);

-- Ten thousand events, one of them bad

SAVEPOINT flood;
SELECT portfolio.deposit(:'frank', 'T1BTC', 1000, 'settle:flood') ->> 'status' AS paid \gset
SELECT pg_temp.place('flood_bid', :'alice', 'buy', 1000, 0.1);
SELECT pg_temp.place('flood_ask', :'frank', 'sell', 1000, 0.1);
SELECT pg_temp.state() AS settled \gset
SELECT pg_temp.batch(510, VARIADIC array_fill('flood_bid flood_ask 0.1 0.1'::text, ARRAY[10000])) AS flood \gset
SELECT
    jsonb_set(:'flood', '{0,events,9876,price}', '"0.2"') AS bad_price,
    jsonb_set(:'flood', '{0,events,9876,quantity}', '"NaN"') AS bad_quantity \gset
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    format('SELECT trading.settle_trades(%L)', :'bad_price'), 'TR304', NULL, 'one bad price among 10000 refuses all'
);
SELECT is(pg_temp.settlement_detail(:'bad_price') ->> 'event', '9876', 'it is named');
SELECT throws_ok(
    format('SELECT trading.settle_trades(%L)', :'bad_quantity'), 'TR010', NULL, 'so does one bad quantity'
);
SELECT is(pg_temp.settlement_detail(:'bad_quantity') ->> 'event', '9876', 'it is named as well');
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'none of the 10000 applies');
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(:'flood'), '[{"market": "T1BTC-T1USD", "last_seq": 10509, "applied": 10000}]',
    'without it all of them do'
);
RESET ROLE;
ROLLBACK TO SAVEPOINT flood;

-- Two markets in one call

SELECT pg_temp.state() AS settled \gset
SELECT
    pg_temp.batch(510, 'bid ask 100 0.1')
    || pg_temp.batch_of('T1OLD-T1USD', 2, 'old1 old2 10 0.5', 'old1 old2 11 0.5') AS second_bad,
    pg_temp.batch(510, 'bid ask 101 0.1') || pg_temp.batch_of('T1OLD-T1USD', 2, 'old1 old2 10 0.5') AS first_bad,
    jsonb_build_array(pg_temp.batch_of('T1OLD-T1USD', 1, 'old1 old2 10 0.5', 'old1 old2 10 0.5'))
    || pg_temp.batch(510, 'bid ask 100 0.1', 'ask_too canceled admin_cancel') AS both_good \gset
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    format('SELECT trading.settle_trades(%L)', :'second_bad'), 'TR304', NULL, 'a bad second market refuses both'
);
SELECT is(
    pg_temp.settlement_detail(:'second_bad'),
    '{"event": 1, "market": "T1OLD-T1USD"}', 'the detail names the market and the event in it'
);
SELECT throws_ok(
    format('SELECT trading.settle_trades(%L)', :'first_bad'), 'TR304', NULL, 'a bad first market refuses both'
);
SELECT is(
    pg_temp.settlement_detail(:'first_bad'),
    '{"event": 0, "market": "T1BTC-T1USD"}', 'the detail names that one'
);
RESET ROLE;
SELECT is(pg_temp.state(), :'settled', 'neither market applies anything');
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(:'both_good'), '[
        {"market": "T1OLD-T1USD", "last_seq": 2, "applied": 1}, {"market": "T1BTC-T1USD", "last_seq": 511, "applied": 2}
    ]', 'two good ones apply, each from its own watermark, and answer in the order of the call'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^(ask|ask_too|bid|old1|old2)$') $$, $$ VALUES
    ('ask', 'partially_filled', 0.1, 10.0, 0.02, 0.9, NULL, FALSE, TRUE),
    ('ask_too', 'canceled', 0, 0, 0, 0, 'admin_cancel', TRUE, FALSE),
    ('bid', 'partially_filled', 0.1, 10, 0, 90.18, NULL, FALSE, TRUE),
    ('old1', 'partially_filled', 1, 10, 0, 10, NULL, FALSE, TRUE),
    ('old2', 'partially_filled', 1, 10, 0, 1, NULL, FALSE, TRUE)
$$, 'orders of both have moved');

-- Orders that are still pending close

SELECT pg_temp.place('old4', :'bob', 'sell', 2, 10, 'T1OLD-T1USD');
SELECT pg_temp.place('old5', :'alice', 'buy', 2, 10, 'T1OLD-T1USD');
SET LOCAL ROLE tradebase_engine;
SELECT lives_ok($$ EXECUTE settle(jsonb_build_array(pg_temp.batch_of(
    'T1OLD-T1USD', 3, 'old3 rejected engine_reject', 'old4 canceled user_cancel', 'old5 expired gtd_elapsed'
))) $$, 'pending orders are rejected, canceled and expired');
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^old[345]$') $$, $$ VALUES
    ('old3', 'rejected', 0.0, 0.0, 0.0, 0.0, 'engine_reject', TRUE, FALSE),
    ('old4', 'canceled', 0, 0, 0, 0, 'user_cancel', TRUE, FALSE),
    ('old5', 'expired', 0, 0, 0, 0, 'gtd_elapsed', TRUE, FALSE)
$$, 'they hold nothing and were never in the book');
SELECT results_eq('entries', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1USD', 'order_release', 20.0, -20.0, TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1OLD', 'order_release', 4, -4, TRUE)
$$, 'their holds are released, those of one balance in one entry');

-- Positions: Dave trades in nine batches, Erin the same in one; both go long, short, long and flat

SELECT pg_temp.place('deep_ask', :'alice', 'sell', 16, 99);
SELECT pg_temp.place('deep_bid', :'alice', 'buy', 16, 105);
CREATE TEMPORARY TABLE steps (n integer PRIMARY KEY, side text, quantity numeric, price numeric, realized numeric);
INSERT INTO steps VALUES
(1, 'buy', 2, 100, 0), (2, 'buy', 1, 103, 0), (3, 'sell', 0.7, 104, 2.1), (4, 'sell', 5, 105, 9.2),
(5, 'buy', 0.9, 101, 3.6), (6, 'buy', 4, 99, 10.8), (7, 'buy', 0.1, 99.2, 0),
(8, 'sell', 0.7, 100, 0.693913043478260870), (9, 'sell', 1.6, 98.5, -0.813913043478260870);
GRANT SELECT ON steps TO tradebase_engine;
SELECT count(pg_temp.place(u.name || s.n, u.id, s.side, s.quantity, s.price)) AS orders_placed
FROM steps AS s CROSS JOIN (VALUES ('dave', :'dave'::uuid), ('erin', :'erin')) AS u (name, id) \gset
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(pg_temp.batch(511 + s.n, format(
        '%s dave%s %s %s', CASE s.side WHEN 'buy' THEN 'deep_ask' ELSE 'deep_bid' END, s.n, s.price, s.quantity
    ))) -> 0 ->> 'applied', '1', format('Dave''s step %s applies', s.n)
)
FROM steps AS s ORDER BY s.n;
SELECT is(
    pg_temp.settled(pg_temp.batch(521, VARIADIC array_agg(format(
        '%s erin%s %s %s', CASE s.side WHEN 'buy' THEN 'deep_ask' ELSE 'deep_bid' END, s.n, s.price, s.quantity
    ) ORDER BY s.n))) -> 0 ->> 'applied', '9', 'Erin''s steps apply in one batch'
)
FROM steps AS s;
RESET ROLE;
PREPARE realized(text) AS
SELECT s.n, f.realized_pnl::numeric
FROM steps AS s
JOIN placed AS p ON p.name = $1 || s.n
JOIN trading.fills AS f ON f.order_id = p.id
ORDER BY s.n;
SELECT results_eq(
    $$ EXECUTE realized('dave') $$, 'SELECT s.n, s.realized FROM steps AS s ORDER BY s.n',
    'every fill carries what it realizes: nothing when it opens, its part when it reduces or flips'
);
SELECT results_eq(
    $$ EXECUTE realized('erin') $$, 'SELECT s.n, s.realized FROM steps AS s ORDER BY s.n',
    'the same in one batch as in nine'
);
SELECT results_eq(
    format($$ SELECT p.user_id, p.quantity::numeric, p.entry_cost::numeric, p.realized_pnl::numeric, p.version
       FROM trading.positions AS p
       WHERE p.market_id = %s AND p.user_id IN (
           'dddddddd-0000-4000-8000-00000000000d', 'eeeeeeee-0000-4000-8000-00000000000e'
       ) ORDER BY p.user_id $$, :btc_usd),
    $$ VALUES
    ('dddddddd-0000-4000-8000-00000000000d'::uuid, 0.0, 0.0, 25.58, 9::bigint),
    ('eeeeeeee-0000-4000-8000-00000000000e', 0, 0, 25.58, 9)
$$, 'both are flat and have won what they were paid more than they paid'
);
SELECT pg_temp.place('short', :'dave', 'sell', 1, 100);
SELECT pg_temp.place('back', :'dave', 'buy', 3, 100);
SELECT pg_temp.place('more_bid', :'carol', 'buy', 1, 100);
SELECT pg_temp.place('more_ask', :'carol', 'sell', 3, 99);
SET LOCAL ROLE tradebase_engine;
SELECT lives_ok($$ EXECUTE settle(pg_temp.batch(530, 'more_bid short 100 1')) $$, 'from flat a sell goes short');
SELECT lives_ok($$ EXECUTE settle(pg_temp.batch(531, 'more_ask back 99 3')) $$, 'a larger buy goes long again');
RESET ROLE;
SELECT results_eq(
    format($$ SELECT p.quantity::numeric, p.entry_cost::numeric, p.realized_pnl::numeric, p.version
       FROM trading.positions AS p
       WHERE p.market_id = %s AND p.user_id = 'dddddddd-0000-4000-8000-00000000000d' $$, :btc_usd),
    $$ VALUES (2.0, 198.0, 26.58, 11::bigint) $$, 'at the price of the fill that flips it'
);
SELECT results_eq(
    format($$ SELECT p.user_id, p.market_id, p.quantity::numeric, p.entry_cost::numeric, p.realized_pnl::numeric,
           p.realized_pnl::numeric, p.fees::numeric, p.version
       FROM trading.positions AS p WHERE p.market_id IN (%s, %s) ORDER BY 1, 2 $$, :btc_usd, :old_usd),
    format($$ SELECT d.user_id, d.market_id, (d.state).quantity, (d.state).entry_cost, (d.state).realized_pnl,
           d.realized, d.fees, d.fills
       FROM (
           SELECT
               f.user_id, f.market_id, sum(f.realized_pnl::numeric) AS realized, sum(f.fee::numeric) AS fees,
               count(*) AS fills, trading.position_fold(
                   CASE f.side::text WHEN 'buy' THEN f.quantity ELSE -f.quantity END,
                   CASE f.side::text WHEN 'buy' THEN f.quote_quantity ELSE -f.quote_quantity END ORDER BY f.trade_seq
               ) AS state
           FROM trading.fills AS f WHERE f.market_id IN (%s, %s) GROUP BY f.user_id, f.market_id
       ) AS d ORDER BY 1, 2 $$, :btc_usd, :old_usd),
    'every position is the fold of its fills, their realized_pnl and fees its own'
);

-- What cannot rest in the book ends in the batch that trades it, what can ends later

SELECT pg_temp.batch(
    532, 'ask_low bid_fok 99 1', 'bid ask_mkt 100 0.1', 'ask_mkt expired no_liquidity', 'bid canceled market_halted'
) AS ends \gset
SET LOCAL ROLE tradebase_engine;
SELECT is(
    pg_temp.settled(:'ends'), '[{"market": "T1BTC-T1USD", "last_seq": 535, "applied": 4}]',
    'a fok order fills whole, the rest of a market order expires, an order traded before is canceled'
);
RESET ROLE;
SELECT results_eq($$ EXECUTE orders('^(ask_low|ask_mkt|bid|bid_fok)$') $$, $$ VALUES
    ('ask_low', 'filled', 1.0, 99.0, -0.04, 0.0, 'filled', TRUE, FALSE),
    ('ask_mkt', 'expired', 0.1, 10, 0.02, 0, 'no_liquidity', TRUE, FALSE),
    ('bid', 'canceled', 0.2, 20, 0, 0, 'market_halted', TRUE, FALSE),
    ('bid_fok', 'filled', 1, 99, 0.19, 0, 'filled', TRUE, FALSE)
$$, 'all of them are closed and hold nothing');

-- Of an event only its own fields are read

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS extra_ask \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS extra_bid \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 90
) -> 'order' ->> 'id' AS extra_end \gset
SELECT s.last_engine_seq + 1 AS next_seq, s.last_trade_seq AS trades_before
FROM market.market_state AS s WHERE s.market_id = :btc_usd \gset
PREPARE talkative(jsonb) AS
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', :next_seq, 'events', jsonb_build_array(
        jsonb_build_object(
            'maker_order_id', :'extra_ask', 'taker_order_id', :'extra_bid', 'price', '100', 'quantity', '0.5',
            'status', 'x', 'reason', 'match', 'note', '1'
        ),
        jsonb_build_object('order_id', :'extra_end', 'status', 'canceled', 'reason', 'user_cancel') || $1
    )
))) -> 0 ->> 'applied';
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    format('EXECUTE talkative(%L)', jsonb_build_object('maker_order_id', :'extra_ask')), 'TR010', NULL,
    'an event is a trade or a close, not both'
);
SELECT results_eq(
    $$ EXECUTE talkative('{"price": "1e999999", "quantity": "NaN", "engine_at": "nonsense"}') $$, ARRAY['2'],
    'what a close does not have is not read from it'
);
SELECT results_eq($$ EXECUTE talkative('{"price": "5"}') $$, ARRAY['0'], 'and is no difference when it comes again');
RESET ROLE;
SELECT results_eq(
    format(
        'SELECT s.last_trade_seq - %s, s.last_price::numeric FROM market.market_state AS s WHERE s.market_id = %s',
        :trades_before, :btc_usd
    ),
    $$ VALUES (1::bigint, 100::numeric) $$, 'a close counts as no trade and makes no price'
);

-- Afterwards

SELECT results_eq(
    format($$ SELECT sum(f.fee::numeric) FROM trading.fills AS f WHERE f.market_id IN (%s, %s) $$, :btc_usd, :old_usd),
    'fees_account', 'the fees account has the fees of all fills'
);
SELECT is_empty(
    format($$ SELECT t.id FROM trading.trades AS t
       WHERE t.market_id IN (%s, %s) AND 2 <> (
           SELECT count(DISTINCT f.side::text || f.liquidity::text) FROM trading.fills AS f
           WHERE f.trade_id = t.id AND f.trade_seq = t.seq AND f.price = t.price AND f.quantity = t.quantity
       ) $$, :btc_usd, :old_usd), 'every trade has its two fills'
);
SELECT is_empty(
    $$ SELECT v.check_name, v.bad_count, v.sample FROM ops.verify_integrity() AS v WHERE v.bad_count > 0 $$,
    'every promise of the books holds'
);

SELECT finish();
ROLLBACK;
