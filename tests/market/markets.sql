-- market.markets: a pair has a symbol, known rules, and steps so small that price times quantity fits the ledger.

BEGIN;
SELECT plan(40);
\ir ../fixtures/two_markets.psql

SELECT columns_are('market', 'markets', ARRAY[
    'id', 'symbol', 'venue', 'kind', 'base_asset_id', 'quote_asset_id', 'status', 'engine', 'engine_acks', 'tick_size',
    'lot_size', 'min_quantity', 'max_quantity', 'min_notional', 'max_notional', 'price_band_pct', 'maker_fee_rate',
    'taker_fee_rate', 'max_open_orders', 'default_stp', 'listed_at', 'updated_at'
]);
SELECT col_type_is('market', 'markets', 'tick_size', 'core', 'price', 'a tick is a price');
SELECT col_type_is('market', 'markets', 'lot_size', 'core', 'quantity', 'a lot is a quantity');
SELECT col_type_is('market', 'markets', 'taker_fee_rate', 'core', 'fee_rate', 'a fee is a rate');
SELECT indexes_are('market', 'markets', ARRAY[
    'markets_pkey', 'markets_symbol_key', 'markets_venue_base_asset_id_quote_asset_id_kind_key',
    'markets_base_asset_id_idx', 'markets_quote_asset_id_idx'
]);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'market.markets'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['max_notional', 'max_quantity', 'min_notional', 'min_quantity', 'price_band_pct'],
    'nothing else may be unknown'
);

PREPARE listed(text) AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ($1, :t1old, :t1usd, 0.1, 0.1);
PREPARE stepped(numeric, numeric) AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1OLD-T1USD', :t1old, :t1usd, $1, $2);
PREPARE finer_base AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1USD-T1BTC', :t1usd, :t1btc, 0.1, 0.001);
PREPARE against_itself AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1BTC-T1BTC', :t1btc, :t1btc, 0.1, 0.1);
PREPARE same_pair AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1BTC-T1USDX', :t1btc, :t1usd, 0.1, 0.1);
PREPARE unknown_base AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1NIL-T1USD', -1, :t1usd, 0.1, 0.1);
PREPARE unknown_quote AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1BTC-T1NIL', :t1btc, -1, 0.1, 0.1);
PREPARE open_perpetual AS
INSERT INTO market.markets (symbol, kind, base_asset_id, quote_asset_id, status, tick_size, lot_size)
VALUES ('T1BTC-T1USD-PERP', 'perpetual', :t1btc, :t1usd, 'open', 0.1, 0.1);
PREPARE closed_perpetual AS
INSERT INTO market.markets (symbol, kind, base_asset_id, quote_asset_id, status, tick_size, lot_size)
VALUES ('T1BTC-T1USD-PERP', 'perpetual', :t1btc, :t1usd, 'closed', 0.1, 0.1);
PREPARE uppercase_venue AS UPDATE market.markets SET venue = 'Kraken' WHERE id = :open_market;
PREPARE unknown_kind AS UPDATE market.markets SET kind = 'swap' WHERE id = :closed_market;
PREPARE unknown_status AS UPDATE market.markets SET status = 'asleep' WHERE id = :open_market;
PREPARE unknown_engine AS UPDATE market.markets SET engine = 'human' WHERE id = :open_market;
PREPARE unknown_stp AS UPDATE market.markets SET default_stp = 'toss_a_coin' WHERE id = :open_market;
PREPARE largest_below_smallest AS
UPDATE market.markets SET min_quantity = 2, max_quantity = 1 WHERE id = :open_market;
PREPARE notional_upside_down AS
UPDATE market.markets SET min_notional = 2, max_notional = 1 WHERE id = :open_market;
PREPARE banded(numeric) AS UPDATE market.markets SET price_band_pct = $1 WHERE id = :open_market;
PREPARE open_orders(integer) AS UPDATE market.markets SET max_open_orders = $1 WHERE id = :open_market;
PREPARE usurious AS UPDATE market.markets SET taker_fee_rate = 0.11 WHERE id = :open_market;
PREPARE finer_tick AS UPDATE market.markets SET tick_size = 0.01 WHERE id = :open_market;
PREPARE coarser_quote AS UPDATE market.markets SET quote_asset_id = :t1usd, tick_size = 0.001 WHERE id = :closed_market;

SELECT throws_ok($$ EXECUTE listed('t1old-t1usd') $$, '23514', NULL, 'a symbol is upper case');
SELECT throws_ok($$ EXECUTE listed('T1OLDT1USD') $$, '23514', NULL, 'a symbol parts base and quote');
SELECT throws_ok($$ EXECUTE listed('t1venue:T1OLD-T1USD') $$, '23514', NULL, 'a venue in a symbol is upper case');
SELECT throws_ok($$ EXECUTE listed('T1BTC-T1USD') $$, '23505', NULL, 'a symbol names one market');
SELECT throws_ok('same_pair', '23505', NULL, 'a venue has one market of a kind per pair');
SELECT throws_ok('against_itself', '23514', NULL, 'nothing is traded against itself');
SELECT throws_ok('unknown_base', '23503', NULL, 'the base is an asset');
SELECT throws_ok('unknown_quote', '23503', NULL, 'the quote is an asset');
SELECT throws_ok('open_perpetual', '23514', NULL, 'what is not spot is never open');
SELECT lives_ok('closed_perpetual', 'what is not spot is listed closed, beside the spot market of its pair');
SELECT throws_ok('uppercase_venue', '23514', NULL, 'a venue is lower case');
SELECT throws_ok('unknown_kind', '23514', NULL, 'a kind outside the list is refused');
SELECT throws_ok('unknown_status', '23514', NULL, 'a status outside the list is refused');
SELECT throws_ok('unknown_engine', '23514', NULL, 'an engine outside the list is refused');
SELECT throws_ok('unknown_stp', '23514', NULL, 'a way against trading with oneself outside the list is refused');
SELECT throws_ok('largest_below_smallest', '23514', NULL, 'the largest order is not below the smallest');
SELECT throws_ok('notional_upside_down', '23514', NULL, 'the largest notional is not below the smallest');
SELECT throws_ok('EXECUTE banded(0)', '23514', NULL, 'a price band lets some prices through');
SELECT throws_ok($$ EXECUTE banded('NaN') $$, '23514', NULL, 'a price band is a number');
SELECT throws_ok('EXECUTE open_orders(0)', '23514', NULL, 'a market takes at least one order per user');
SELECT throws_ok('EXECUTE open_orders(100001)', '23514', NULL, 'and at most 100,000');
SELECT throws_ok('usurious', '23514', NULL, 'a fee is at most a tenth');

-- T1USD has two decimals: tick and lot share them.
SELECT throws_ok(
    'EXECUTE stepped(0.01, 0.1)', '23514', 'price times quantity would not fit the ledger',
    'tick times lot needs no more decimals than the quote asset has'
);
SELECT throws_ok(
    'finer_base', '23514', 'price times quantity would not fit the ledger', 'nor a lot more than the base asset'
);
SELECT throws_ok(
    'finer_tick', '23514', 'price times quantity would not fit the ledger', 'a tick cannot become too fine later'
);
SELECT throws_ok(
    'coarser_quote', '23514', 'price times quantity would not fit the ledger', 'nor a quote asset too coarse'
);
SELECT throws_ok('EXECUTE stepped(0, 1)', '23514', NULL, 'a tick is positive');
SELECT throws_ok($$ EXECUTE stepped(1, 'NaN') $$, '23514', NULL, 'a lot is a number');
SELECT lives_ok('EXECUTE stepped(0.0100, 1.000)', 'zeros at the end are no decimals');
SELECT results_eq(
    $$ SELECT symbol, venue, kind, status, engine FROM market.markets WHERE symbol = 'T1OLD-T1USD' $$,
    $$ VALUES ('T1OLD-T1USD', 'tradebase', 'spot', 'pre_open', 'embedded') $$,
    'a new market is here, spot, matched by the database, and not open yet'
);

UPDATE market.markets SET status = 'halted', updated_at = '2001-01-01 00:00:00+00' WHERE id = :open_market;
SELECT results_eq(
    $$ SELECT status, updated_at > '2001-01-01 00:00:00+00' FROM market.markets WHERE symbol = 'T1BTC-T1USD' $$,
    $$ VALUES ('halted', TRUE) $$,
    'the server says when a market changed'
);
SELECT throws_ok(
    $$ DELETE FROM market.assets WHERE code = 'T1OLD' $$, '23503', NULL, 'an asset stays while a market trades it'
);
SELECT function_owner_is('market', 'markets_exact', ARRAY[]::text[], 'tradebase_kernel');

SELECT throws_ok(
    $$ INSERT INTO market.markets OVERRIDING SYSTEM VALUE
       SELECT r.* FROM market.markets AS r WHERE r.symbol = 'T1BTC-T1USD' $$,
    '23505', 'duplicate key value violates unique constraint "markets_pkey"', 'a number is of one market'
);

SELECT finish();
ROLLBACK;
