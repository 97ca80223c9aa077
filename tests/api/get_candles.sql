-- api.get_candles(): a chart without holes, our own tape before others', no more than a page of it.

BEGIN;
SELECT plan(30);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/read_plan.psql
SELECT ops.ensure_partitions('market.price_history', '2019-01-01', '2019-04-30') AS made \gset

SELECT isnt_definer('api', 'get_candles', ARRAY['text', 'text', 'timestamp with time zone', 'timestamp with time zone']);
SELECT is(
    pg_temp.who_may_execute('api.get_candles(text,text,timestamptz,timestamptz)'), ARRAY['anon', 'authenticated'],
    'everybody may read it'
);

INSERT INTO market.price_history (
    market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count,
    first_seq, last_seq
)
VALUES
(:open_market, '1m', '2019-02-28 23:58:00+00', 'trades', 9, 9, 9, 9, 1, 9, 1, 1, 1),
(:open_market, '1m', '2019-03-05 10:01:00+00', 'trades', 10, 12.50, 9.5, 11, 2.0, 22, 3, 2, 4),
(:open_market, '1m', '2019-03-05 10:04:00+00', 'trades', 14, 14, 13, 13, 1, 13.5, 2, 5, 6),
(:open_market, '1m', '2019-03-05 10:04:00+00', 'external', 20, 20, 20, 20, NULL, NULL, NULL, NULL, NULL),
(:open_market, '1m', '2019-03-05 10:05:00+00', 'external', 15, 16, 14, 15, NULL, NULL, NULL, NULL, NULL),
(:open_market, '1h', '2019-03-05 10:00:00+00', 'trades', 10, 14, 9.5, 13, 3, 35.5, 5, 2, 6),
(:open_market, '1d', '2019-03-30 00:00:00+00', 'trades', 1, 1, 1, 1, 1, 1, 1, 7, 7),
(:open_market, '1w', '2019-03-25 00:00:00+00', 'trades', 1, 1, 1, 1, 1, 1, 1, 7, 7);

PREPARE chart(text, timestamptz, timestamptz) AS
SELECT
    to_char(c.bucket_start AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), c.open, c.high, c.low, c.close, c.base_volume,
    c.quote_volume, c.trade_count, c.source, c.is_filled
FROM api.get_candles('T1BTC-T1USD', $1, $2, $3) AS c;
PREPARE buckets(text, timestamptz, timestamptz) AS
SELECT to_char(c.bucket_start AT TIME ZONE 'UTC', 'MM-DD HH24:MI') || CASE WHEN c.is_filled THEN ' filled' ELSE '' END
FROM api.get_candles('T1BTC-T1USD', $1, $2, $3) AS c;

SET LOCAL ROLE anon;
SELECT results_eq(
    $$ EXECUTE chart('1m', '2019-03-05 10:00:00+00', '2019-03-05 10:07:00+00') $$,
    $$ VALUES
    ('03-05 10:00', '9', '9', '9', '9', '0', '0', 0, NULL, TRUE),
    ('03-05 10:01', '10', '12.5', '9.5', '11', '2', '22', 3, 'trades', FALSE),
    ('03-05 10:02', '11', '11', '11', '11', '0', '0', 0, NULL, TRUE),
    ('03-05 10:03', '11', '11', '11', '11', '0', '0', 0, NULL, TRUE),
    ('03-05 10:04', '14', '14', '13', '13', '1', '13.5', 2, 'trades', FALSE),
    ('03-05 10:05', '15', '16', '14', '15', NULL, NULL, NULL, 'external', FALSE),
    ('03-05 10:06', '15', '15', '15', '15', '0', '0', 0, NULL, TRUE) $$,
    'who has not signed in reads it, oldest first, amounts as text: what is empty has the last close, days old or of '
    'elsewhere, and no volume, and says so; our own trades come before another''s bar, which does where there are none'
);
SELECT results_eq(
    $$ EXECUTE buckets('1m', '2019-03-05 10:01:00+00', '2019-03-05 10:02:00+00') $$, ARRAY['03-05 10:01'],
    'from_at is in it, to_at is not'
);
SELECT results_eq(
    $$ EXECUTE buckets('1m', '2019-03-05 10:01:00.000001+00', '2019-03-05 10:02:00.000001+00') $$,
    ARRAY['03-05 10:02 filled'], 'a candle counts by its beginning'
);
SELECT is_empty(
    $$ EXECUTE buckets('1m', '2019-03-05 10:01:00.000001+00', '2019-03-05 10:01:59+00') $$, 'there may be none'
);
SELECT results_eq(
    $$ EXECUTE buckets('1m', '2019-02-28 23:56:00+00', '2019-02-28 23:59:00+00') $$, ARRAY['02-28 23:58'],
    'before the first candle there is nothing to fill with'
);
SELECT results_eq(
    $$ EXECUTE buckets('1m', '2019-02-28 23:58:00+00', '2019-03-01 00:02:00+00') $$,
    ARRAY['02-28 23:58', '02-28 23:59 filled', '03-01 00:00 filled', '03-01 00:01 filled'], 'a month ends inside'
);
SELECT results_eq(
    $$ EXECUTE buckets('1h', '2019-03-05 08:30:00+00', '2019-03-05 12:30:00+00') $$,
    ARRAY['03-05 10:00', '03-05 11:00 filled', '03-05 12:00 filled'], 'an hour has candles of its own'
);
SELECT results_eq(
    $$ EXECUTE buckets('4h', '2019-03-05 08:00:00+00', '2019-03-05 12:00:00+00') $$, ARRAY[]::text[],
    'no interval is made of another'
);
-- Clocks go forward in Zurich on the 31st: a day is one of UTC all the same.
SET LOCAL timezone = 'Europe/Zurich';
SELECT results_eq(
    $$ EXECUTE buckets('1d', '2019-03-30 00:00:00+00', '2019-04-03 00:00:00+00') $$,
    ARRAY['03-30 00:00', '03-31 00:00 filled', '04-01 00:00 filled', '04-02 00:00 filled'],
    'days begin at midnight UTC, also after the clocks have changed'
);
SELECT results_eq(
    $$ EXECUTE buckets('1w', '2019-03-25 00:00:00+00', '2019-04-09 00:00:00+00') $$,
    ARRAY['03-25 00:00', '04-01 00:00 filled', '04-08 00:00 filled'], 'weeks on Monday'
);
RESET timezone;

-- Up to now: what has not begun is not filled.
RESET ROLE;
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
VALUES (:open_market, '1d', date_trunc('day', now(), 'UTC'), 'external', 7, 7, 7, 7);
SET LOCAL ROLE anon;
SELECT results_eq(
    $$ SELECT c.bucket_start
       FROM api.get_candles('T1BTC-T1USD', '1d', date_trunc('day', now(), 'UTC'), now() + INTERVAL '9 days') AS c $$,
    $$ SELECT date_trunc('day', now(), 'UTC') $$, 'the future is not filled'
);
SELECT is_empty(
    $$ SELECT c.bucket_start
       FROM api.get_candles('T1BTC-T1USD', '1m', now() + INTERVAL '1 minute', now() + INTERVAL '9 minutes') AS c $$,
    'nor looked into'
);
SELECT is_empty(
    $$ SELECT * FROM api.get_candles('T1OLD-T1BTC', '1m', '2019-03-05 10:00:00+00', '2019-03-05 10:07:00+00') $$,
    'a market without a candle has an empty chart'
);

-- Bounds
SELECT is(
    (SELECT count(*) FROM api.get_candles('T1BTC-T1USD', '1m', '2019-03-05 10:01:00+00', '2019-03-06 02:41:00+00')),
    1000::bigint, 'a thousand candles are a page'
);
SELECT throws_ok(
    $$ EXECUTE chart('1m', '2019-03-05 10:01:00+00', '2019-03-06 02:42:00+00') $$, 'TR010', 'invalid to_at',
    'one more is refused'
);
SELECT throws_ok(
    $$ EXECUTE chart('2h', '2019-03-05 10:01:00+00', '2019-03-06 02:42:00+00') $$, 'TR010', 'invalid interval',
    'so is an interval that there is not'
);
SELECT throws_ok($$ EXECUTE chart('1m', NULL, '2019-03-06') $$, 'TR010', 'invalid from_at', 'it begins');
SELECT throws_ok($$ EXECUTE chart('1m', '2019-03-06', NULL) $$, 'TR010', 'invalid to_at', 'and ends');
SELECT throws_ok(
    $$ SELECT * FROM api.get_candles('T1-NOT-HERE', '1m', '2019-03-05', '2019-03-05 10:00:00') $$, 'TR001',
    'unknown market', 'a market is known'
);
SELECT throws_ok(
    $$ SELECT * FROM api.get_candles(NULL, '1m', '2019-03-05', '2019-03-05 10:00:00') $$, 'TR001', 'unknown market',
    'and named'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ SELECT * FROM api.get_candles('T1BTC-T1USD', '1m', '2019-01-01', '2019-03-01') $$),
    '{"argument": "to_at", "expected": "a time after from_at, and no more than 1000 candles later"}',
    'the detail says how many'
);

-- What is read
SET LOCAL ROLE anon;
SELECT is(
    pg_temp.leaves_read(
        $$ SELECT * FROM api.get_candles('T1BTC-T1USD', '1m', '2019-03-05 10:00:00+00', '2019-03-05 10:07:00+00') $$
    ),
    ARRAY['partitions.price_history_2019_02', 'partitions.price_history_2019_03'],
    'the leaf of the time, and those before it until there is a candle'
);
SELECT is(
    pg_temp.leaves_read(
        $$ SELECT * FROM api.get_candles('T1BTC-T1USD', '1m', '2019-03-05 10:04:00+00', '2019-03-05 10:07:00+00') $$
    ),
    ARRAY['partitions.price_history_2019_03'], 'which is mostly the same'
);
SELECT is_empty(
    $$ SELECT n.node FROM pg_temp.nodes_of(
           $q$ SELECT * FROM api.get_candles(
               'T1BTC-T1USD', '1m', '2019-03-05 10:00:00+00', '2019-03-05 10:07:00+00'
           ) $q$
       ) AS n WHERE n.leaf LIKE 'partitions.%' AND n.loops > 0 AND n.node NOT LIKE 'Index%' $$,
    'by the primary key alone'
);
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE planned(timestamptz, timestamptz) AS SELECT * FROM api.get_candles('T1BTC-T1USD', '1m', $1, $2);
SELECT is(
    pg_temp.leaves_read($$ EXECUTE planned('2019-03-05 10:04:00+00', '2019-03-05 10:07:00+00') $$),
    ARRAY['partitions.price_history_2019_03'], 'with a plan made before too'
);
RESET plan_cache_mode;

SET LOCAL ROLE authenticated;
SELECT results_eq(
    $$ EXECUTE buckets('1m', '2019-03-05 10:01:00+00', '2019-03-05 10:02:00+00') $$, ARRAY['03-05 10:01'],
    'who has signed in reads the same'
);
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE chart('1m', '2019-03-05 10:01:00+00', '2019-03-05 10:02:00+00') $$, '42501', NULL,
    'a service does not read it here'
);
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    $$ EXECUTE chart('1m', '2019-03-05 10:01:00+00', '2019-03-05 10:02:00+00') $$, '42501', NULL, 'nor does an engine'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
