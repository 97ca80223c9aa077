-- market.price_history: a candle lies on its interval's grid in UTC, low and high enclose it, and it goes to its month.

BEGIN;
SELECT plan(30);
\ir ../fixtures/two_markets.psql
SELECT ops.ensure_partitions('market.price_history', '2019-03-01', '2019-03-01') AS made \gset

SELECT columns_are('market', 'price_history', ARRAY[
    'market_id', 'interval', 'bucket_start', 'source', 'open', 'high', 'low', 'close', 'base_volume', 'quote_volume',
    'trade_count', 'first_seq', 'last_seq', 'closed'
]);
SELECT col_type_is('market', 'price_history', 'low', 'core', 'price', 'a low is a price');
SELECT col_type_is('market', 'price_history', 'base_volume', 'core', 'amount', 'a volume is an amount');
SELECT indexes_are('market', 'price_history', ARRAY['price_history_pkey', 'price_history_bucket_start_idx']);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'market.price_history'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['base_volume', 'first_seq', 'last_seq', 'quote_volume', 'trade_count'],
    'nothing else may be unknown'
);

PREPARE candle(text, timestamptz) AS
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
VALUES (:open_market, $1, $2, 'external', 10, 12, 9, 11);
PREPARE priced(numeric, numeric, numeric, numeric) AS
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
VALUES (:open_market, '1m', '2019-03-05 10:07:00+00', 'external', $1, $2, $3, $4);
PREPARE sourced(text, numeric, integer, bigint, bigint) AS
INSERT INTO market.price_history (
    market_id, interval, bucket_start, source, open, high, low, close,
    base_volume, quote_volume, trade_count, first_seq, last_seq
)
VALUES (:open_market, '1m', '2019-03-05 10:08:00+00', $1, 10, 12, 9, 11, $2, 20, $3, $4, $5);
PREPARE without_market AS
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
VALUES (-1, '1m', '2019-03-05 10:07:00+00', 'external', 10, 12, 9, 11);

-- Not the session's midnight nor its hours: half an hour off, so that a mistake would show.
SET LOCAL timezone = 'Asia/Kolkata';
SELECT lives_ok($$ EXECUTE candle('1m', '2019-03-05 10:07:00+00') $$, 'a minute begins at its first second');
SELECT throws_ok($$ EXECUTE candle('1m', '2019-03-05 10:07:00.5+00') $$, '23514', NULL, 'not half a second later');
SELECT throws_ok(
    $$ EXECUTE candle('5m', '2019-03-05 10:07:00+00') $$, '23514', NULL, 'five minutes begin at a multiple of five'
);
SELECT throws_ok(
    $$ EXECUTE candle('15m', '2019-03-05 10:05:00+00') $$, '23514', NULL, 'fifteen minutes begin at a quarter'
);
SELECT throws_ok($$ EXECUTE candle('1h', '2019-03-05 10:30:00+00') $$, '23514', NULL, 'an hour is an hour of UTC');
SELECT throws_ok(
    $$ EXECUTE candle('4h', '2019-03-05 10:00:00+00') $$, '23514', NULL, 'four hours begin at 0, 4, 8, ...'
);
SELECT throws_ok($$ EXECUTE candle('1d', '2019-03-05 00:00:00+05:30') $$, '23514', NULL, 'a day is a day of UTC');
SELECT throws_ok(
    $$ EXECUTE candle('1w', '2019-03-05 00:00:00+00') $$, '23514', NULL, 'a week does not begin on a Tuesday'
);
SELECT throws_ok($$ EXECUTE candle('1w', '2019-03-03 00:00:00+00') $$, '23514', NULL, 'nor on a Sunday');
SELECT throws_ok(
    $$ EXECUTE candle('2w', '2019-03-04 00:00:00+00') $$, '23514', NULL, 'an interval outside the list is refused'
);
SELECT lives_ok(
    $$ INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
       SELECT m.id, g.interval, g.bucket_start::timestamptz, 'external', 10, 12, 9, 11
       FROM market.markets AS m
       CROSS JOIN (VALUES
           ('5m', '2019-03-05 10:05:00+00'), ('15m', '2019-03-05 10:15:00+00'), ('1h', '2019-03-05 10:00:00+00'),
           ('4h', '2019-03-05 08:00:00+00'), ('1d', '2019-03-05 00:00:00+00'), ('1w', '2019-03-04 00:00:00+00')
       ) AS g (interval, bucket_start)
       WHERE m.symbol = 'T1BTC-T1USD' $$,
    'every interval has its grid, a week begins on a Monday'
);
SELECT throws_ok(
    $$ EXECUTE candle('1m', '2019-03-05 10:07:00+00') $$, '23505', NULL, 'a market has one candle per bucket and source'
);
SELECT lives_ok(
    $$ INSERT INTO market.price_history (
           market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count,
           first_seq, last_seq
       )
       SELECT h.market_id, h.interval, h.bucket_start, 'trades', 10, 10, 10, 10, 1, 10, 1, 1, 1
       FROM market.price_history AS h JOIN market.markets AS m ON m.id = h.market_id
       WHERE m.symbol = 'T1BTC-T1USD' AND h.interval = '1m' $$,
    'what we traded ourselves stands beside what was traded elsewhere'
);
SELECT throws_ok(
    $$ EXECUTE candle('1m', '1900-01-01 00:00:00+00') $$, '23514', NULL, 'a candle goes nowhere without a leaf'
);
RESET timezone;

DELETE FROM market.price_history WHERE market_id = :open_market AND bucket_start = '2019-03-05 10:07:00+00';
SELECT throws_ok('EXECUTE priced(10, 12, 10.5, 11)', '23514', NULL, 'low is not above open');
SELECT throws_ok('EXECUTE priced(11, 12, 10.5, 10)', '23514', NULL, 'nor above close');
SELECT throws_ok('EXECUTE priced(12, 11, 9, 10)', '23514', NULL, 'high is not below open');
SELECT throws_ok('EXECUTE priced(10, 11, 9, 12)', '23514', NULL, 'nor below close');
SELECT throws_ok($$ EXECUTE priced('NaN', 'NaN', 'NaN', 'NaN') $$, '23514', NULL, 'a price is a number');
SELECT throws_ok($$ EXECUTE sourced('hearsay', 2, 1, 1, 1) $$, '23514', NULL, 'a source outside the list is refused');
SELECT throws_ok($$ EXECUTE sourced('external', 2, -1, 1, 1) $$, '23514', NULL, 'trades are counted from zero');
SELECT throws_ok(
    $$ EXECUTE sourced('external', 2, 1, 2, 1) $$, '23514', NULL, 'the last trade does not come before the first'
);
SELECT throws_ok(
    $$ EXECUTE sourced('trades', NULL, 1, 1, 1) $$, '23514', NULL, 'of our own trades the volume is known'
);
SELECT throws_ok('without_market', '23503', NULL, 'a candle is of a market');

SELECT isnt_empty(
    $$ SELECT FROM ops.partition_bounds('market.price_history') AS b
       WHERE b.from_at <= date_trunc('week', now(), 'UTC') AND b.to_at > date_trunc('week', now(), 'UTC') $$,
    'the week that we are in has a leaf for its Monday, in whichever month that was'
);

SELECT finish();
ROLLBACK;
