-- market.rebuild_candles(): what somebody did to candles is undone from the tape, and bars from elsewhere stay.

BEGIN;
SELECT plan(20);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/tape.psql

SELECT is(
    pg_temp.who_may_execute('market.rebuild_candles(text,timestamptz,timestamptz)'), '{}', 'the owner rebuilds'
);
PREPARE rebuild(timestamptz, timestamptz) AS SELECT market.rebuild_candles('T1BTC-T1USD', $1, $2);

SELECT throws_ok(
    $$ SELECT market.rebuild_candles('T1-NOT-HERE', '2031-03-03', '2031-03-04') $$, 'TR001', 'unknown market',
    'a market is known'
);
SELECT throws_ok($$ EXECUTE rebuild(NULL, '2031-03-04') $$, 'TR010', NULL, 'it begins');
SELECT throws_ok($$ EXECUTE rebuild('2031-03-04', 'infinity') $$, 'TR010', NULL, 'it ends');
SELECT throws_ok($$ EXECUTE rebuild('2031-03-04', '2031-03-04') $$, 'TR010', NULL, 'later');
SELECT is(
    pg_temp.detail_of($$ SELECT market.rebuild_candles('T1BTC-T1USD', '2031-03-04', 'infinity') $$), '{"argument": "to_at"}',
    'the detail says which argument'
);
SELECT results_eq(
    $$ EXECUTE rebuild('2031-03-03', '2031-03-04') $$, ARRAY[0], 'nothing is made of nothing'
);

-- Two weeks of trades, two of them late.
SELECT pg_temp.tell(:open_market, 1, '2031-02-26 10:00:00+00', 10, 1);
SELECT pg_temp.tell(:open_market, 2, '2031-03-03 10:07:00+00', 11, 1);
SELECT pg_temp.tell(:open_market, 3, '2031-03-09 23:59:59+00', 12, 1);
SELECT pg_temp.tell(:open_market, 4, '2031-03-03 10:07:30+00', 13, 1);
SELECT pg_temp.tell(:open_market, 5, '2031-03-09 12:00:00+00', 14, 1);
SET LOCAL ROLE tradebase_worker;
SELECT is(market.roll_candles('T1BTC-T1USD', 3), 3, 'they are rolled');
SELECT is(market.roll_candles('T1BTC-T1USD', 4), 1, 'in three goes, the last of them not');
RESET ROLE;
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close, closed)
VALUES (:open_market, '1m', '2031-03-03 10:07:00+00', 'external', 1, 1, 1, 1, TRUE);
CREATE TEMPORARY TABLE rolled AS SELECT h.* FROM market.price_history AS h WHERE h.market_id = :open_market;
PREPARE other_than_rolled AS
(TABLE rolled EXCEPT SELECT h.* FROM market.price_history AS h WHERE h.market_id = :open_market)
UNION ALL
(SELECT h.* FROM market.price_history AS h WHERE h.market_id = :open_market EXCEPT TABLE rolled);

SELECT results_eq(
    $$ EXECUTE rebuild('2031-03-05', '2031-03-06') $$, ARRAY[13], 'every candle of the week that a day is in'
);
SELECT is_empty('other_than_rolled', 'is what it was');

UPDATE market.price_history SET high = 1000, closed = FALSE WHERE market_id = :open_market AND bucket_start >= '2031-03-01';
DELETE FROM market.price_history WHERE market_id = :open_market AND interval = '1h';
INSERT INTO market.price_history
SELECT h.market_id, h.interval, '2031-03-04 00:00:00+00', h.source, 1, 1, 1, 1, 1, 1, 1, 1, 1, FALSE
FROM market.price_history AS h WHERE h.market_id = :open_market AND h.interval = '1m' AND h.source = 'trades' LIMIT 1;
SELECT isnt_empty('other_than_rolled', 'somebody changes candles, takes some away and makes one up');
UPDATE market.price_history SET high = 1, closed = TRUE
WHERE market_id = :open_market AND source = 'external';
SELECT results_eq(
    $$ EXECUTE rebuild('2031-02-24', '2031-03-10') $$, ARRAY[20], 'two weeks, from Monday to Sunday, are made again'
);
SELECT is_empty('other_than_rolled', 'as they were; what came from elsewhere was not touched');
SELECT is(
    (SELECT max(h.last_seq) FROM market.price_history AS h WHERE h.market_id = :open_market), 4::bigint,
    'what is not rolled yet is not built in'
);
SET LOCAL ROLE tradebase_worker;
SELECT is(market.roll_candles('T1BTC-T1USD'), 1, 'and is rolled once, later');
RESET ROLE;
SELECT results_eq($$ EXECUTE rebuild('2031-03-09', '2031-03-10') $$, ARRAY[18], 'then it is built in too');

-- Candles outlive their trades.
ALTER TABLE trading.trades DETACH PARTITION partitions.trades_2031_02;
SELECT throws_ok(
    $$ EXECUTE rebuild('2031-02-26', '2031-03-01') $$, 'TR010',
    'the trades of that time are gone: these candles are all that is left of them', 'without its trades no week is made'
);
SELECT results_eq($$ EXECUTE rebuild('2031-03-03', '2031-03-10') $$, ARRAY[18], 'another whose trades are there is');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE rebuild('2031-03-03', '2031-03-10') $$, '42501', NULL, 'an operator rebuilds nothing');

RESET ROLE;
SELECT finish();
ROLLBACK;
