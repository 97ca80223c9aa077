-- market.load_instruments(): a line becomes a market with its assets or is told why not; of a bad file nothing does.

BEGIN;
SELECT plan(41);
\ir ../fixtures/three_assets.psql
\ir ../fixtures/detail_of.psql

\set header 'market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size'
\set all_of_it :header ',market_ticker,minimum_order_size,price_magnifier,strike_multiplier'

PREPARE load AS SELECT outcome, instruments FROM market.load_instruments() ORDER BY outcome;
PREPARE test_markets AS SELECT symbol, status FROM market.markets WHERE venue LIKE 't1%' ORDER BY symbol;

-- A file with everything in it that a market can be made of

SELECT market.stage_instruments();
INSERT INTO pg_temp.instrument_lines (content) VALUES
(:'all_of_it'),
('# a comment, with a comma'),
(''),
('t1kraken,T1AAAT1BBB,crypto,A coin in a coin,T1BBB,1,0.01,0.001,,5'),
('t1kraken,T1AAAT1BBB,cryptofuture,The same to come,T1BBB,1,0.5,1,,5'),
('t1fxcm,T1EURT1CHF,forex,Money in money,T1CHF,1,0.00001,1000,'),
('t1fxcm,T1INDEXT1CHF,cfd,A contract,T1CHF,10,1e-3,1'),
('t1fxcm,T1AAAT1DKK,cfd,A contract on a coin,T1DKK,1,0.1,1'),
('binance,T1AAAT1BBB,crypto,Smallest order in the quote,T1BBB,1,0.01,0.001,T1AAAT1BBB,5'),
('t1kraken,T1BTCT1BBB,crypto,An asset of before,T1BBB,1,0.01,0.001,,0');

SELECT results_eq(
    'load', $$ VALUES ('loaded', 7::bigint) $$, 'comments, blank lines and missing columns are no obstacle'
);
SELECT results_eq('test_markets', $$ VALUES
    ('T1FXCM:T1AAA-T1DKK', 'closed'), ('T1FXCM:T1EUR-T1CHF', 'open'), ('T1FXCM:T1INDEX-T1CHF', 'closed'),
    ('T1KRAKEN:T1AAA-T1BBB', 'open'), ('T1KRAKEN:T1AAA-T1BBB-PERP', 'closed'), ('T1KRAKEN:T1BTC-T1BBB', 'open')
$$, 'a symbol tells venue and pair, and only what is spot opens');
SELECT results_eq(
    $$ SELECT m.symbol, m.kind, b.code, q.code, m.tick_size::text, m.lot_size::text
       FROM market.markets AS m
       JOIN market.assets AS b ON b.id = m.base_asset_id
       JOIN market.assets AS q ON q.id = m.quote_asset_id
       WHERE m.venue LIKE 't1%'
       ORDER BY m.symbol $$,
    $$ VALUES
        ('T1FXCM:T1AAA-T1DKK', 'cfd', 'T1AAA', 'T1DKK', '0.1', '1'),
        ('T1FXCM:T1EUR-T1CHF', 'spot', 'T1EUR', 'T1CHF', '0.00001', '1000'),
        ('T1FXCM:T1INDEX-T1CHF', 'cfd', 'T1INDEX', 'T1CHF', '0.001', '1'),
        ('T1KRAKEN:T1AAA-T1BBB', 'spot', 'T1AAA', 'T1BBB', '0.01', '0.001'),
        ('T1KRAKEN:T1AAA-T1BBB-PERP', 'perpetual', 'T1AAA', 'T1BBB', '0.5', '1'),
        ('T1KRAKEN:T1BTC-T1BBB', 'spot', 'T1BTC', 'T1BBB', '0.01', '0.001') $$,
    'crypto and forex are spot, cryptofuture is perpetual, cfd a kind of its own'
);
SELECT results_eq(
    $$ SELECT symbol, min_quantity::text, min_notional::text FROM market.markets
       WHERE symbol IN ('BINANCE:T1AAA-T1BBB', 'T1KRAKEN:T1AAA-T1BBB', 'T1KRAKEN:T1BTC-T1BBB', 'T1FXCM:T1EUR-T1CHF')
       ORDER BY symbol $$,
    $$ VALUES
        ('BINANCE:T1AAA-T1BBB', NULL, '5'), ('T1FXCM:T1EUR-T1CHF', NULL, NULL), ('T1KRAKEN:T1AAA-T1BBB', '5', NULL),
        ('T1KRAKEN:T1BTC-T1BBB', NULL, NULL) $$,
    'a smallest order is a quantity, on Binance a notional, and none where it is 0 or missing'
);
SELECT results_eq(
    $$ SELECT code, kind, scale::integer, display_scale::integer, status FROM market.assets
       WHERE code LIKE 'T1%' AND code NOT IN ('T1USD', 'T1OLD') ORDER BY code $$,
    $$ VALUES
        ('T1AAA', 'crypto', 18, 8, 'active'), ('T1BBB', 'crypto', 18, 8, 'active'),
        ('T1BTC', 'crypto', 18, 8, 'active'), ('T1CHF', 'fiat', 18, 8, 'active'), ('T1DKK', 'fiat', 18, 8, 'active'),
        ('T1EUR', 'fiat', 18, 8, 'active'), ('T1INDEX', 'contract', 18, 8, 'active') $$,
    'what forex or a cfd is traded in is money, what is only under a cfd a contract, the rest a coin, of 18 decimals'
);
SELECT results_eq(
    $$ SELECT name FROM market.assets WHERE code = 'T1BTC' $$, ARRAY['Test coin'], 'an asset of before stays as it was'
);

-- The same file again

CREATE TEMPORARY TABLE before_again AS
SELECT m.*, m.ctid AS place FROM market.markets AS m WHERE m.venue LIKE 't1%';
CREATE TEMPORARY TABLE lines_again AS SELECT line, content FROM pg_temp.instrument_lines;
SELECT market.stage_instruments();
INSERT INTO pg_temp.instrument_lines (content) SELECT content FROM lines_again ORDER BY line;

SELECT results_eq('load', $$ VALUES ('already there', 7::bigint) $$, 'the same file again finds everything there');
SELECT is_empty(
    $$ SELECT id, status, ctid FROM market.markets WHERE venue LIKE 't1%'
       EXCEPT SELECT id, status, place FROM before_again $$,
    'and changes nothing'
);
SELECT results_eq(
    $$ SELECT count(*) FROM market.assets
       WHERE code IN ('T1AAA', 'T1BBB', 'T1CHF', 'T1DKK', 'T1EUR', 'T1INDEX', 'T1BTC') $$,
    ARRAY[7::bigint], 'no asset is there twice'
);

-- What cannot be a market

SELECT market.stage_instruments();
INSERT INTO pg_temp.instrument_lines (content) VALUES
(:'all_of_it'),
('t1eurex,T1FESX,future,Not taken,T1BBB,10,1,1'),
('t1ib,[*],cfd,All of them,T1BBB,1,0.01,1'),
('t1binance,币安人生T1BBB,crypto,币安人生,T1BBB,1,0.001,0.1'),
('t1fxcm,T1AU200,cfd,An index,T1BBB,0.1,0.1,1'),
('t1fxcm,T1BBB,cfd,Nothing but the quote,T1BBB,0.1,0.1,1'),
('t1fxcm,t1aaaT1BBB,crypto,Lower case,T1BBB,1,0.1,1'),
('t1fxcm,T1BBBT1BBB,crypto,Against itself,T1BBB,1,0.1,1'),
('t1fxcm,T1AAAT1BBB,crypto,No step,T1BBB,1,0,1'),
('t1fxcm,T1BTCT1BBB,crypto,Too fine,T1BBB,1,0.0000000001,0.000000001'),
('t1fxcm,T1AAAT1USD,crypto,Cents are too coarse,T1USD,1,0.01,0.1'),
('t1fxcm,T1USDT1BBB,crypto,Lots finer than cents,T1BBB,1,0.1,0.001'),
('t1fxcm,T1BTCT1BBB,crypto,A dust of an order,T1BBB,1,0.1,1,,1e-19'),
('t1fxcm,T1NEWT1BBB,crypto,One good line,T1BBB,1,0.1,1');

SELECT lives_ok('load', 'an instrument that cannot be a market does not stop the load');
SELECT results_eq('SELECT line, outcome FROM pg_temp.instrument_lines WHERE line > 1 ORDER BY line', $$ VALUES
    (2::bigint, 'type future is not taken'),
    (3, 'a wildcard, not an instrument'),
    (4, 'symbol is not ASCII'),
    (5, 'symbol does not end in its quote currency'),
    (6, 'symbol does not end in its quote currency'),
    (7, 'base is not an asset code'),
    (8, 'base and quote are the same'),
    (9, 'tick or lot is zero'),
    (10, 'tick and lot need more than 18 decimals'),
    (11, 'ledger scale of its assets is too small'),
    (12, 'ledger scale of its assets is too small'),
    (13, 'smallest order needs more than 18 decimals'),
    (14, 'loaded')
$$, 'each line keeps its own outcome');
SELECT results_eq(
    $$ SELECT symbol FROM market.markets WHERE venue IN ('t1eurex', 't1ib', 't1binance')
       OR venue = 't1fxcm' AND symbol NOT IN ('T1FXCM:T1AAA-T1DKK', 'T1FXCM:T1EUR-T1CHF', 'T1FXCM:T1INDEX-T1CHF') $$,
    ARRAY['T1FXCM:T1NEW-T1BBB'], 'only the good line made a market'
);
SELECT is_empty(
    $$ SELECT code FROM market.assets WHERE code IN ('T1FESX', 'T1AU200', 'T1AU', '[*]') $$,
    'what made no market made no asset'
);
SELECT market.stage_instruments();
INSERT INTO pg_temp.instrument_lines (content) SELECT content FROM lines_again WHERE line = 1;
INSERT INTO pg_temp.instrument_lines (content) VALUES
('t1eurex,T1FESX,future,Not taken,T1BBB,10,1,1'), ('t1eurex,T1FDAX,future,Nor this,T1BBB,10,1,1'),
('t1new,T1AAAT1BBB,crypto,Good,T1BBB,1,0.1,1');
SELECT results_eq(
    'SELECT outcome, instruments, example FROM market.load_instruments()',
    $$ VALUES
        ('type future is not taken', 2::bigint, 'line 2: t1eurex,T1FESX,future,Not taken,T1BBB,10,1,1'),
        ('loaded', 1, 'line 4: t1new,T1AAAT1BBB,crypto,Good,T1BBB,1,0.1,1') $$,
    'an outcome is counted and shown by its first line, the most frequent first'
);

-- What is money, metal or a stable coin

SELECT market.stage_instruments();
INSERT INTO pg_temp.instrument_lines (content) SELECT content FROM lines_again WHERE line = 1;
INSERT INTO pg_temp.instrument_lines (content) VALUES
('t1new,XPDT1BBB,cfd,Palladium,T1BBB,1,0.1,1'), ('t1new,PYUSDT1BBB,crypto,A stable coin,T1BBB,1,0.1,1');
SELECT results_eq('load', $$ VALUES ('loaded', 2::bigint) $$, 'metal and stable coins load like anything else');
SELECT results_eq(
    $$ SELECT code, kind FROM market.assets WHERE code IN ('XPD', 'PYUSD') ORDER BY code $$,
    $$ VALUES ('PYUSD', 'stablecoin'), ('XPD', 'commodity') $$,
    'metal is a commodity, even under a cfd, and a stable coin is one'
);

-- Malformed files

PREPARE markets_of_bad_files AS SELECT symbol FROM market.markets WHERE venue = 't1bad';
PREPARE assets_of_bad_files AS SELECT code FROM market.assets WHERE code IN ('T1CCC', 'T1DDD');
CREATE FUNCTION pg_temp.stage(bad_line text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM market.stage_instruments();
    INSERT INTO pg_temp.instrument_lines (content) SELECT content FROM lines_again WHERE line = 1;
    INSERT INTO pg_temp.instrument_lines (content) VALUES ('t1bad,T1CCCT1DDD,crypto,Good,T1DDD,1,0.1,1'), (bad_line);
END
$$;

SELECT market.stage_instruments();
SELECT throws_ok('load', 'TR010', 'line 1 is not the header of an instrument file', 'an empty file is refused');
INSERT INTO pg_temp.instrument_lines (content)
VALUES ('venue,symbol,asset_class,ts_utc,open,high,low,close,volume,price_kind');
SELECT throws_ok(
    'load', 'TR010', 'line 1 is not the header of an instrument file', 'a file of another kind is refused'
);
SELECT is(
    pg_temp.detail_of('EXECUTE load'),
    jsonb_build_object('line', 1, 'expected', :'header'),
    'and told which header was expected'
);
SELECT pg_temp.stage('t1bad,T1EEET1DDD,crypto,Cut o');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a line cut off is named');
SELECT is(
    pg_temp.detail_of('EXECUTE load') -> 'line', '3', 'its number is in the detail for a program to read'
);
SELECT pg_temp.stage('t1bad,"T1EEET1DDD",crypto,Quoted,T1DDD,1,0.1,1');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a quoted field is refused');
SELECT pg_temp.stage('T1 bad,T1EEET1DDD,crypto,Venue,T1DDD,1,0.1,1');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a venue is lower case');
SELECT pg_temp.stage('t1bad,T1EEET1DDD,crypto,Tick,T1DDD,1,NaN,1');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a tick that is no number is refused');
SELECT pg_temp.stage('t1bad,T1EEET1DDD,crypto,Lot,T1DDD,1,0.1,-1');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a negative lot is refused');
SELECT pg_temp.stage('t1bad,T1EEET1DDD,crypto,Minimum,T1DDD,1,0.1,1,,few');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a smallest order that is no number is refused');
SELECT pg_temp.stage('t1bad,T1EEET1DDD,crypto,Tick,T1DDD,1,1e30,1');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a tick beyond what the ledger holds is refused');
SELECT pg_temp.stage('t1bad,T1EEET1DDD,crypto,Tick,T1DDD,1,0.1,1,,1e30');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'so is a smallest order');
SELECT pg_temp.stage('t1badbadbadbadbadbadbadbadbadbadbad,T1EEET1DDD,crypto,Venue,T1DDD,1,0.1,1');
SELECT throws_ok('load', 'TR010', 'line 3 is not an instrument', 'a venue that is too long is refused');
SELECT pg_temp.stage('t1bad,T1CCCT1DDD,crypto,Again,T1DDD,1,0.5,1');
SELECT throws_ok(
    'load', 'TR010', 'line 3 repeats the instrument of line 2', 'an instrument twice in a file is refused'
);
SELECT pg_temp.stage('t1bad,T1CCCT1DDD,cfd,A contract of the same symbol,T1DDD,1,0.5,1');
SELECT throws_ok('load', 'TR010', 'line 3 repeats the instrument of line 2', 'two markets cannot have one symbol');
SELECT pg_temp.stage('t1bad,T1CCCT1DDD,crypto,Cut elsewhere,1DDD,1,0.5,1');
SELECT throws_ok('load', 'TR010', 'line 3 repeats the instrument of line 2', 'nor can one name be cut in two ways');
SELECT is_empty('markets_of_bad_files', 'no good line of a bad file made a market');
SELECT is_empty('assets_of_bad_files', 'nor an asset');
SELECT pg_temp.stage('t1bad,T1CCCT1DDD,cryptofuture,Another kind,T1DDD,1,0.5,1');
SELECT lives_ok('load', 'the same pair of another kind is no repetition');
SELECT market.stage_instruments();
INSERT INTO pg_temp.instrument_lines (content) VALUES
(:'header'),
('t1bad,T1CCCT1DDD,cfd,A contract of the same symbol,T1DDD,1,0.5,1'),
('t1bad,T1CCCT1DDD,crypto,Cut elsewhere,1DDD,1,0.5,1');
SELECT results_eq(
    'load', $$ VALUES ('another market has its symbol', 2::bigint) $$, 'a symbol that is taken is told, and taken once'
);

-- Who loads

SET LOCAL ROLE authenticated;
SELECT throws_ok('load', '42501', NULL, 'a trader loads no instruments');
SET LOCAL ROLE service_role;
SELECT throws_ok('load', '42501', NULL, 'a service loads no instruments');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('load', '42501', NULL, 'not even an operator loads instruments');
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('load', '42501', NULL, 'nor does the kernel');
RESET ROLE;
SELECT is_empty(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'market.load_instruments()'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    'nobody but the owner may'
);

SELECT finish();
ROLLBACK;
