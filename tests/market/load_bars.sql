-- market.load_bars(): all bars of a file or none, and of none the first wrong line is named with what was expected.

BEGIN;
SELECT plan(53);
\ir ../fixtures/two_markets.psql
\ir ../fixtures/detail_of.psql

-- Two good bars on lines 2 and 3, and one on line 4 with whatever a test finds interesting about it.
CREATE FUNCTION pg_temp.stage(
    ts_utc text DEFAULT '1551744120', open text DEFAULT '11', high text DEFAULT '12', low text DEFAULT '10',
    close text DEFAULT '11.5', volume text DEFAULT '3', price_kind text DEFAULT 'trade',
    symbol text DEFAULT 'T1BTCT1USD', asset_class text DEFAULT 'crypto', venue text DEFAULT 'tradebase'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM market.stage_bars();
    INSERT INTO pg_temp.bar_lines (venue, symbol, asset_class, ts_utc, open, high, low, close, volume, price_kind)
    VALUES
    ('tradebase', 'T1BTCT1USD', 'crypto', '1551744000', '10', '12', '9', '11', '2.5', 'trade'),
    ('tradebase', 'T1OLDT1BTC', 'crypto', '1551744000', '0.5', '0.5', '0.5', '0.5', NULL, 'bid'),
    (venue, symbol, asset_class, ts_utc, open, high, low, close, volume, price_kind);
END
$$;

\set a_price 'a decimal number above 0 and below 1e18 with at most 18 decimals'
\set a_volume 'a decimal number from 0 to below 1e20 with at most 18 decimals'

PREPARE load AS SELECT * FROM market.load_bars();
PREPARE test_bars AS
SELECT m.symbol, h.bucket_start, h.open::text, h.high::text, h.low::text, h.close::text, h.base_volume::text
FROM market.price_history AS h JOIN market.markets AS m ON m.id = h.market_id
WHERE h.market_id IN (:open_market, :closed_market)
ORDER BY m.symbol, h.bucket_start;

-- Refused, before anything was loaded

SELECT pg_temp.stage(symbol => 'T1BTCT1EUR');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected venue, symbol and asset_class of an instrument in market.markets',
    'an unknown symbol is refused'
);
SELECT is(
    pg_temp.detail_of('EXECUTE load'),
    '{"line": 4, "expected": "venue, symbol and asset_class of an instrument in market.markets"}',
    'line and expectation are in the detail for a program to read'
);
SELECT pg_temp.stage(asset_class => 'cfd');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected venue, symbol and asset_class of an instrument in market.markets',
    'a market of another kind is another instrument'
);
SELECT pg_temp.stage(venue => 'kraken');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected venue, symbol and asset_class of an instrument in market.markets',
    'a market of another venue is another instrument'
);
SELECT pg_temp.stage(ts_utc => '2019-03-05');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected ts_utc: seconds since 1970, a whole number', 'a date is no ts_utc'
);
SELECT pg_temp.stage(ts_utc => NULL);
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected ts_utc: seconds since 1970, a whole number', 'a bar has a time'
);
SELECT pg_temp.stage(ts_utc => '-60');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected ts_utc: seconds since 1970, a whole number',
    'a time before 1970 is refused'
);
SELECT pg_temp.stage(ts_utc => '99999999999999999960');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected ts_utc: seconds since 1970, a whole number',
    'a time beyond reason is refused'
);
SELECT pg_temp.stage(ts_utc => '1551744121');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected ts_utc: the first second of a minute',
    'a bar begins with its minute'
);
SELECT pg_temp.stage(ts_utc => '9999999960');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected ts_utc: a time that has been', 'a bar of the future is refused'
);
SELECT is(to_regclass('partitions.price_history_2286_11'), NULL, 'and leaves no leaf behind');
SELECT pg_temp.stage(low => '12.5');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected low not above open and close, high not below them',
    'low above high is refused'
);
SELECT pg_temp.stage(high => '11.2');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected low not above open and close, high not below them',
    'high below close is refused'
);
SELECT pg_temp.stage(open => 'NaN');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected open: ' || :'a_price', 'open is not NaN');
SELECT pg_temp.stage(high => 'Infinity');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected high: ' || :'a_price', 'high is not Infinity');
SELECT pg_temp.stage(low => '-10');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected low: ' || :'a_price', 'low is not negative');
SELECT pg_temp.stage(low => '0');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected low: ' || :'a_price', 'low is not zero');
SELECT pg_temp.stage(close => 'eleven');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected close: ' || :'a_price', 'close is a number');
SELECT pg_temp.stage(close => NULL);
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected close: ' || :'a_price', 'close is there');
SELECT pg_temp.stage(close => '11.0000000000000000001');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected close: ' || :'a_price',
    'close has at most 18 decimals'
);
SELECT pg_temp.stage(open => '1e-20', low => '1e-20', close => '1e-20');
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected open: ' || :'a_price',
    'a price is not finer than 18 decimals, however it is written'
);
SELECT pg_temp.stage(low => '12.5');
UPDATE pg_temp.bar_lines SET open = '.5', high = '.5', low = '.5', close = '.5' WHERE line = 2;
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected low not above open and close, high not below them',
    'the line that is wrong is named, not one that is written unusually'
);
SELECT pg_temp.stage(price_kind => 'ask');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected price_kind: bid or trade', 'an ask price is refused');
SELECT pg_temp.stage(price_kind => NULL);
SELECT throws_ok(
    'load', 'TR010', 'line 4 is not a bar: expected price_kind: bid or trade', 'a price says of what it is'
);
SELECT pg_temp.stage(price_kind => 'bid');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected volume: empty for bid prices', 'a bid has no volume');
SELECT pg_temp.stage(volume => NULL);
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected volume: ' || :'a_volume', 'a trade has one');
SELECT pg_temp.stage(volume => '-3');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected volume: ' || :'a_volume', 'a volume is not negative');
SELECT pg_temp.stage(volume => 'NaN');
SELECT throws_ok('load', 'TR010', 'line 4 is not a bar: expected volume: ' || :'a_volume', 'a volume is a number');
SELECT pg_temp.stage(ts_utc => '1551744000');
SELECT throws_ok('load', 'TR010', 'line 4 repeats the bar of line 2', 'a bar twice in a file is refused');
SELECT pg_temp.stage(ts_utc => '1551743940');
SELECT throws_ok('load', 'TR010', 'line 4 is out of order', 'a bar before the one before it is refused');
SELECT is(
    pg_temp.detail_of('EXECUTE load'),
    '{"line": 4, "expected": "a later bar than the one before it of the same market"}', 'and said why'
);
SELECT is_empty('test_bars', 'no good line of a bad file was loaded');

-- A gap is no mistake, unless one says that the market never sleeps.
PREPARE load_without(interval) AS SELECT gaps FROM market.load_bars(max_gap => $1);
SELECT pg_temp.stage();
SELECT throws_ok(
    $$ EXECUTE load_without('1 minute') $$, 'TR010', 'there is a gap before line 4', 'a minute without a bar is a gap'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE load_without('1 minute') $$),
    '{"line": 4, "expected": "a bar no later than 00:01:00 after the one before it of the same market"}',
    'with what was expected'
);
SELECT is_empty('test_bars', 'and nothing of the file was loaded');
SELECT throws_ok($$ EXECUTE load_without('59 seconds') $$, 'TR010', 'invalid max_gap', 'a minute is no gap');

-- Loaded, and loaded again

SELECT pg_temp.stage();
SELECT results_eq(
    'load',
    $$ VALUES (
        3::bigint, 3::bigint, 0::bigint, 2::bigint,
        TIMESTAMPTZ '2019-03-05 00:00:00+00', TIMESTAMPTZ '2019-03-05 00:02:00+00', 1::bigint
    ) $$,
    'a good file is loaded and told: read, loaded, there before, markets, first and last bar, gaps'
);
SELECT results_eq('test_bars', $$ VALUES
    ('T1BTC-T1USD', TIMESTAMPTZ '2019-03-05 00:00:00+00', '10', '12', '9', '11', '2.5'),
    ('T1BTC-T1USD', '2019-03-05 00:02:00+00', '11', '12', '10', '11.5', '3'),
    ('T1OLD-T1BTC', '2019-03-05 00:00:00+00', '0.5', '0.5', '0.5', '0.5', NULL)
$$, 'the bars are as the file has them');
SELECT results_eq(
    $$ SELECT DISTINCT h.interval, h.source, h.closed
       FROM market.price_history AS h JOIN market.markets AS m ON m.id = h.market_id
       WHERE m.symbol IN ('T1BTC-T1USD', 'T1OLD-T1BTC') $$,
    $$ VALUES ('1m', 'external', TRUE) $$, 'they are minutes from elsewhere, and final'
);
CREATE TEMPORARY TABLE before_again AS
SELECT h.*, h.tableoid AS leaf, h.ctid AS place FROM market.price_history AS h
WHERE h.market_id IN (:open_market, :closed_market);

SELECT results_eq(
    'SELECT bars_read, bars_loaded, already_there FROM market.load_bars()',
    $$ VALUES (3::bigint, 0::bigint, 3::bigint) $$,
    'the same file again finds every bar there'
);
SELECT is_empty(
    $$ SELECT h.tableoid, h.ctid FROM market.price_history AS h JOIN market.markets AS m ON m.id = h.market_id
       WHERE m.symbol IN ('T1BTC-T1USD', 'T1OLD-T1BTC')
       EXCEPT SELECT leaf, place FROM before_again $$,
    'and changes nothing'
);

SELECT pg_temp.stage(ts_utc => '1555632060');
SELECT results_eq(
    'SELECT bars_read, bars_loaded, already_there FROM market.load_bars()',
    $$ VALUES (3::bigint, 1::bigint, 2::bigint) $$,
    'a longer file adds what is new, and the leaf it needs'
);
SELECT pg_temp.stage(open => '11.0', volume => '3.000');
SELECT lives_ok('load', 'zeros at the end do not make another price');
SELECT pg_temp.stage(close => '11.75');
SELECT throws_ok(
    'load', 'TR010', 'line 4 differs from the bar loaded before', 'a bar that contradicts one loaded before is refused'
);
SELECT results_eq(
    $$ SELECT h.close::text FROM market.price_history AS h JOIN market.markets AS m ON m.id = h.market_id
       WHERE m.symbol = 'T1BTC-T1USD' AND h.bucket_start = '2019-03-05 00:02:00+00' $$,
    ARRAY['11.5'], 'and the one before stays'
);

SELECT pg_temp.stage(ts_utc => '1555632240');
UPDATE pg_temp.bar_lines SET ts_utc = '1555632180' WHERE line = 2;
SELECT throws_ok(
    $$ EXECUTE load_without('1 minute') $$, 'TR010', 'there is a gap before line 2', 'a gap since the file before is one too'
);
SELECT results_eq(
    $$ EXECUTE load_without('2 minutes') $$, ARRAY[1::bigint], 'a gap that may be is counted; each market has its own time'
);

-- Lines are what they were in the file

SELECT market.stage_bars();
SELECT throws_ok('load', 'TR010', 'line 2 is missing: there is no bar, or a COPY failed before', 'a file has a bar');
ALTER TABLE pg_temp.bar_lines ALTER COLUMN line RESTART WITH 7;
INSERT INTO pg_temp.bar_lines (venue) VALUES ('t1');
SELECT throws_ok(
    'load', 'TR010', 'line 2 is missing: there is no bar, or a COPY failed before',
    'after a copy that failed no line is given a wrong number'
);

-- Who loads

SET LOCAL ROLE authenticated;
SELECT throws_ok('load', '42501', NULL, 'a trader loads no bars');
SET LOCAL ROLE service_role;
SELECT throws_ok('load', '42501', NULL, 'a service loads no bars');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('load', '42501', NULL, 'not even an operator loads bars');
RESET ROLE;
SELECT is_empty(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'market.load_bars(interval)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    'nobody but the owner may'
);

SELECT finish();
ROLLBACK;
