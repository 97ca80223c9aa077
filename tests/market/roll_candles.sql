-- market.roll_candles(): each trade is in the candles of every interval exactly once, late ones in their own.

BEGIN;
SELECT plan(45);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/tape.psql

SELECT is(
    pg_temp.who_may_execute('market.roll_candles(text,bigint,integer)'), ARRAY['tradebase_worker'], 'a worker rolls'
);
PREPARE roll AS SELECT market.roll_candles('T1BTC-T1USD');
PREPARE roll_to(bigint, integer) AS SELECT market.roll_candles('T1BTC-T1USD', $1, $2);
PREPARE roll_all(integer) AS SELECT market.roll_candles(max_trades => $1);
PREPARE watermark AS
SELECT s.last_seq, s.newest_at FROM market.candle_state AS s WHERE s.market_id = :open_market;
PREPARE candles(text) AS SELECT pg_temp.candles(:open_market, $1);
PREPARE grown AS
SELECT h.interval || CASE WHEN h.closed THEN ' closed' ELSE '' END
FROM market.price_history AS h WHERE h.market_id = :open_market
ORDER BY market.candle_length(h.interval), h.bucket_start;

-- Refused

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ SELECT market.roll_candles('T1-NOT-HERE') $$, 'TR001', 'unknown market', 'a market is known');
SELECT throws_ok('EXECUTE roll_to(NULL, 0)', 'TR010', 'invalid max_trades', 'something is rolled');
SELECT throws_ok('EXECUTE roll_to(NULL, 100001)', 'TR010', 'invalid max_trades', 'not everything at once');
SELECT throws_ok('EXECUTE roll_to(NULL, NULL)', 'TR010', 'invalid max_trades', 'nor anything');
SELECT throws_ok(
    'SELECT market.roll_candles(NULL, 7)', 'TR010', 'invalid upto_seq', 'a sequence is some market''s'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of('SELECT market.roll_candles(NULL, 7)') ->> 'argument', 'upto_seq',
    'the detail says which argument'
);
SET LOCAL ROLE service_role;
SELECT throws_ok('roll', '42501', NULL, 'a service has no candles to make');
SET LOCAL ROLE authenticated;
SELECT throws_ok('roll', '42501', NULL, 'nor has a trader');

-- Nothing, one, and nothing again

SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[0], 'a market without a trade has nothing to roll');
RESET ROLE;
SELECT results_eq('watermark', 'VALUES (0::bigint, NULL::timestamptz)', 'and a watermark that says so');
SELECT pg_temp.tell(:open_market, 1, '2031-03-03 10:07:30+00', 10, 1);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[1], 'a trade is rolled');
SELECT results_eq('roll', ARRAY[0], 'once');
RESET ROLE;
SELECT results_eq($$ EXECUTE candles('1m') $$, ARRAY['03-03 10:07 10 10 10 10 1 10 1 1 1 f'], 'into its minute');
SELECT results_eq(
    'grown', ARRAY['1m', '5m', '15m', '1h', '4h', '1d', '1w'], 'and every interval; none of them is over'
);
SELECT results_eq('watermark', $$ VALUES (1::bigint, TIMESTAMPTZ '2031-03-03 10:07:30+00') $$, 'the watermark knows');

-- Merged

SELECT pg_temp.tell(:open_market, 2, '2031-03-03 10:07:45+00', 12, 2);
SELECT pg_temp.tell(:open_market, 3, '2031-03-03 10:09:10+00', 8, 3);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[2], 'more trades are rolled');
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE candles('1m') $$,
    ARRAY['03-03 10:07 10 12 10 12 3 34 2 1 2 t', '03-03 10:09 8 8 8 8 3 24 1 3 3 f'],
    'a minute goes on with its open, and is over when another has begun'
);
SELECT results_eq($$ EXECUTE candles('5m') $$, ARRAY['03-03 10:05 10 12 8 8 6 58 3 1 3 f'], 'five minutes go on');
SELECT results_eq(
    $$ EXECUTE candles('1w') $$, ARRAY['03-03 00:00 10 12 8 8 6 58 3 1 3 f'], 'so does the week, which began on Monday'
);

-- A trade that moves on to another day: its hour, four hours and day are over, its week is not.
SELECT pg_temp.tell(:open_market, 4, '2031-03-04 00:00:00+00', 9, 1);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[1], 'the next day');
RESET ROLE;
SELECT results_eq(
    'grown',
    ARRAY[
        '1m closed', '1m closed', '1m', '5m closed', '5m', '15m closed', '15m', '1h closed', '1h', '4h closed', '4h',
        '1d closed', '1d', '1w'
    ],
    'what the tape has left is closed, whether it was traded in just now or not'
);

-- Late: the clock of the server was set back, the sequence was not.
SELECT pg_temp.tell(:open_market, 5, '2031-03-03 10:07:10+00', 7, 5);
SELECT pg_temp.tell(:open_market, 6, '2031-03-03 10:08:00+00', 30, 1);
SELECT pg_temp.tell(:open_market, 7, '2031-03-02 23:59:59.999+00', 5, 1);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[3], 'trades come late');
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE candles('1m') $$,
    ARRAY[
        '03-02 23:59 5 5 5 5 1 5 1 7 7 t', '03-03 10:07 10 12 7 7 8 69 3 1 5 t',
        '03-03 10:08 30 30 30 30 1 30 1 6 6 t', '03-03 10:09 8 8 8 8 3 24 1 3 3 t', '03-04 00:00 9 9 9 9 1 9 1 4 4 f'
    ],
    'each is in its own minute, as its last trade; a minute that was empty is there now'
);
SELECT results_eq(
    $$ EXECUTE candles('5m') $$,
    ARRAY[
        '03-02 23:55 5 5 5 5 1 5 1 7 7 t', '03-03 10:05 10 30 7 30 12 123 5 1 6 t', '03-04 00:00 9 9 9 9 1 9 1 4 4 f'
    ],
    'and in its own five'
);
SELECT results_eq(
    $$ EXECUTE candles('1w') $$,
    ARRAY['02-24 00:00 5 5 5 5 1 5 1 7 7 t', '03-03 00:00 10 30 7 30 13 132 6 1 6 f'],
    'a Sunday''s is in the week that it ends, which began in the month before'
);
SELECT results_eq(
    'watermark', $$ VALUES (7::bigint, TIMESTAMPTZ '2031-03-04 00:00:00+00') $$, 'the latest time does not go back'
);

-- A bust takes back the trade, not what was on the tape.
CREATE TEMPORARY TABLE before_bust AS SELECT h.* FROM market.price_history AS h WHERE h.market_id = :open_market;
INSERT INTO trading.trade_busts (trade_id, market_id, trade_seq, journal_id, reason, made_by)
SELECT t.id, t.market_id, t.seq, gen_random_uuid(), 'a typing error', '{}'
FROM trading.trades AS t WHERE t.market_id = :open_market AND t.seq = 6;
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[0], 'a bust rolls nothing');
RESET ROLE;
SELECT is_empty(
    $$ SELECT h.* FROM market.price_history AS h WHERE h.market_id IN (SELECT market_id FROM before_bust)
       EXCEPT SELECT * FROM before_bust $$, 'and changes no candle'
);
SELECT pg_temp.tell(:open_market, 8, '2031-03-04 00:01:00+00', 40, 1);
INSERT INTO trading.trade_busts (trade_id, market_id, trade_seq, journal_id, reason, made_by)
SELECT t.id, t.market_id, t.seq, gen_random_uuid(), 'a typing error', '{}'
FROM trading.trades AS t WHERE t.market_id = :open_market AND t.seq = 8;
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[1], 'nor does it matter whether it came before the roll');

-- No more than asked for

RESET ROLE;
SELECT pg_temp.tell(:open_market, 8 + n, '2031-03-04 00:02:00+00', n, 1) FROM generate_series(1, 10) AS n;
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('EXECUTE roll_to(11, 10000)', ARRAY[3], 'up to a trade');
SELECT results_eq('EXECUTE roll_to(11, 10000)', ARRAY[0], 'which it has reached');
SELECT results_eq('EXECUTE roll_to(3, 10000)', ARRAY[0], 'and long passed another');
SELECT results_eq('EXECUTE roll_to(NULL, 4)', ARRAY[4], 'so many a call');
RESET ROLE;
SELECT results_eq(
    $$ SELECT last_seq FROM market.candle_state WHERE market_id IN (SELECT market_id FROM before_bust) $$,
    ARRAY[15::bigint], 'the first of them first'
);

-- Every market that is behind. On a database of others' they have their share.
SELECT pg_temp.tell(:closed_market, n, '2031-03-04 00:02:00+00', n, 1) FROM generate_series(1, 10) AS n;
SELECT count(*)::integer AS behind
FROM market.market_state AS s LEFT JOIN market.candle_state AS c USING (market_id)
WHERE s.last_trade_seq > coalesce(c.last_seq, 0) \gset
SET LOCAL ROLE tradebase_worker;
SELECT cmp_ok(market.roll_candles(max_trades => 2 * :behind), '>=', 4, 'all that are behind are rolled at once');
RESET ROLE;
SELECT results_eq(
    format($$ SELECT last_seq FROM market.candle_state WHERE market_id IN (%s, %s) ORDER BY market_id $$,
        :open_market, :closed_market),
    ARRAY[17, 2]::bigint[], 'each its share'
);
SET LOCAL ROLE tradebase_worker;
DO $$ BEGIN WHILE market.roll_candles() > 0 LOOP NULL; END LOOP; END $$;
RESET ROLE;
SELECT results_eq(
    format($$ SELECT last_seq FROM market.candle_state WHERE market_id IN (%s, %s) ORDER BY market_id $$,
        :open_market, :closed_market),
    ARRAY[18, 10]::bigint[], 'until there is nothing left'
);
SELECT results_eq(
    $$ EXECUTE candles('1d') $$,
    ARRAY['03-02 00:00 5 5 5 5 1 5 1 7 7 t', '03-03 00:00 10 30 7 30 12 123 5 1 6 t',
        '03-04 00:00 9 40 1 10 12 104 12 4 18 f'], 'in how many calls shows nowhere'
);

-- A leaf that is missing. One market's trouble is its own.
SELECT pg_temp.tell(:closed_market, 11, '2031-03-31 23:59:59+00', 7, 1);
SELECT ops.ensure_partitions('trading.trades', '2031-04-01', '2031-04-30') AS made \gset
SELECT pg_temp.tell(:open_market, 19, '2031-04-01 00:00:00+00', 7, 1);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    'roll', 'TR903', 'market.price_history has no leaf for 2031-04-01', 'a day without a leaf is named'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ SELECT market.roll_candles('T1BTC-T1USD') $$) - 'bucket_start', '{"market": "T1BTC-T1USD"}',
    'and whose trades these are'
);
SELECT results_eq('watermark', $$ VALUES (18::bigint, TIMESTAMPTZ '2031-03-04 00:02:00+00') $$, 'nothing was rolled');
SET LOCAL ROLE tradebase_worker;
SET LOCAL client_min_messages = error;
SELECT results_eq('EXECUTE roll_all(10000)', ARRAY[1], 'the other market is rolled all the same');
RESET client_min_messages;
RESET ROLE;
SELECT ops.ensure_partitions('market.price_history', '2031-04-01', '2031-04-01') AS made \gset
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('roll', ARRAY[1], 'with a leaf it goes on');
RESET ROLE;
SELECT results_eq(
    $$ SELECT c.* FROM pg_temp.candles((SELECT market_id FROM before_bust LIMIT 1), '1w') AS c OFFSET 2 $$,
    ARRAY['03-31 00:00 7 7 7 7 1 7 1 19 19 f'], 'a week that began in the month before is in its leaf'
);

SELECT finish();
ROLLBACK;
