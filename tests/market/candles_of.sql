-- market.candles_of(): minutes from trades, everything longer from minutes, open and close by the sequence.

BEGIN;
SELECT plan(8);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/read_plan.psql
\ir ../fixtures/tape.psql

SELECT is(
    pg_temp.who_may_execute('market.candles_of(integer,bigint,bigint,timestamptz,timestamptz)'),
    ARRAY['tradebase_kernel'], 'the kernel rolls with it'
);

-- The third was executed by a clock that was set back, into the first minute, the fifth into the one before.
SELECT pg_temp.tell(:open_market, 1, '2031-03-03 10:07:59.999+00', 10, 1);
SELECT pg_temp.tell(:open_market, 2, '2031-03-03 10:08:00+00', 14, 2);
SELECT pg_temp.tell(:open_market, 3, '2031-03-03 10:07:00+00', 9, 3);
SELECT pg_temp.tell(:open_market, 4, '2031-03-03 10:08:30+00', 12, 4);
SELECT pg_temp.tell(:open_market, 5, '2031-03-03 10:06:00+00', 8, 5);
SELECT pg_temp.tell(:closed_market, 1, '2031-03-03 10:07:30+00', 99, 9);

PREPARE candles(bigint, bigint, timestamptz, timestamptz) AS
SELECT
    c.span, to_char(c.bucket_start AT TIME ZONE 'UTC', 'DD HH24:MI'), c.open::integer, c.high::integer,
    c.low::integer, c.close::integer, c.base_volume::integer, c.quote_volume::integer, c.trade_count, c.first_seq,
    c.last_seq
FROM market.candles_of(:open_market, $1, $2, $3, $4) AS c
ORDER BY market.candle_length(c.span), c.bucket_start;

SELECT results_eq(
    $$ EXECUTE candles(0, 5, '-infinity', 'infinity') $$,
    $$ VALUES
    ('1m', '03 10:06', 8, 8, 8, 8, 5, 40, 1, 5::bigint, 5::bigint),
    ('1m', '03 10:07', 10, 10, 9, 9, 4, 37, 2, 1, 3),
    ('1m', '03 10:08', 14, 14, 12, 12, 6, 76, 2, 2, 4),
    ('5m', '03 10:05', 10, 14, 8, 8, 15, 153, 5, 1, 5),
    ('15m', '03 10:00', 10, 14, 8, 8, 15, 153, 5, 1, 5),
    ('1h', '03 10:00', 10, 14, 8, 8, 15, 153, 5, 1, 5),
    ('4h', '03 08:00', 10, 14, 8, 8, 15, 153, 5, 1, 5),
    ('1d', '03 00:00', 10, 14, 8, 8, 15, 153, 5, 1, 5),
    ('1w', '03 00:00', 10, 14, 8, 8, 15, 153, 5, 1, 5) $$,
    'first and last are the sequence''s to say, whatever the clock said; another market''s trades are its own'
);
SELECT results_eq(
    $$ SELECT c.first_seq, c.last_seq
       FROM market.candles_of((SELECT id FROM market.markets WHERE symbol = 'T1BTC-T1USD'), 1, 3, '-infinity', 'infinity')
           AS c
       WHERE c.span = '1h' $$,
    'VALUES (2::bigint, 3::bigint)', 'after one trade and up to another'
);
SELECT results_eq(
    $$ SELECT c.first_seq, c.last_seq
       FROM market.candles_of(
           (SELECT id FROM market.markets WHERE symbol = 'T1BTC-T1USD'), 0, 9, '2031-03-03 10:07:00+00',
           '2031-03-03 10:07:59.999+00'
       ) AS c
       WHERE c.span = '1w' $$,
    'VALUES (1::bigint, 3::bigint)', 'from one time to another'
);
SELECT is_empty($$ EXECUTE candles(5, 9, '-infinity', 'infinity') $$, 'no trade, no candle');
SELECT is(
    pg_temp.leaves_read(format(
        $$ SELECT * FROM market.candles_of(%s, 0, 9, '2031-03-03 10:07:00+00', '2031-03-03 10:08:00+00') $$, :open_market
    )),
    ARRAY['partitions.trades_2031_03'], 'a time is looked up in its leaf alone'
);
SET LOCAL timezone = 'Asia/Kolkata';
SELECT results_eq(
    format($$ SELECT c.bucket_start FROM market.candles_of(%s, 0, 9, '-infinity', 'infinity') AS c
              WHERE c.span IN ('4h', '1d', '1w') ORDER BY 1 $$, :open_market),
    ARRAY['2031-03-03 00:00:00+00', '2031-03-03 00:00:00+00', '2031-03-03 08:00:00+00']::timestamptz[],
    'hours, days and weeks are those of UTC, a week begins on Monday'
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    $$ EXECUTE candles(0, 9, '-infinity', 'infinity') $$, '42501', NULL, 'a worker rolls, and reads nothing itself'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
