-- market.assets_fix_scale(): once somebody owns some of an asset its scale stays, and everything else may change.

BEGIN;
SELECT plan(15);
\ir ../fixtures/funded_alice_and_bob.psql
\ir ../fixtures/detail_of.psql

PREPARE finer_cents AS UPDATE market.assets SET scale = 3 WHERE code = 'T1USD';
PREPARE coarser_coin AS UPDATE market.assets SET scale = 8 WHERE code = 'T1BTC';
PREPARE coarser_unowned AS UPDATE market.assets SET scale = 8 WHERE code = 'T1OLD';
PREPARE scale_of_old(integer) AS UPDATE market.assets SET scale = $1, display_scale = 0 WHERE code = 'T1OLD';
PREPARE old_in_coins AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1OLD-T1BTC', :t1old, :t1btc, 0.01, 0.0001);
PREPARE coins_in_old AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1BTC-T1OLD', :t1btc, :t1old, 0.001, 0.001);
PREPARE same_scale AS UPDATE market.assets SET scale = 2, name = 'Dollar', display_scale = 1 WHERE code = 'T1USD';
PREPARE spend_it_all AS UPDATE portfolio.balances SET available = 0 WHERE asset_id = :t1btc;

SELECT throws_ok(
    'finer_cents', '23514', 'the scale of T1USD is fixed: the asset has balances',
    'an asset that somebody owns gets no finer'
);
SELECT is(
    pg_temp.detail_of('EXECUTE finer_cents'), '{"asset": "T1USD", "scale": 2}', 'the refusal names asset and scale'
);
SELECT throws_ok('coarser_coin', '23514', 'the scale of T1BTC is fixed: the asset has balances', 'nor coarser');
SELECT lives_ok('same_scale', 'the rest of it may change, beside the scale it has');
SELECT lives_ok('coarser_unowned', 'an asset that nobody owns may change its scale');
SELECT lives_ok('old_in_coins', 'it is traded in lots of four decimals');
SELECT throws_ok(
    'EXECUTE scale_of_old(3)', '23514', 'the scale of T1OLD is too small for its markets',
    'its scale does not fall below its lots'
);
SELECT lives_ok('EXECUTE scale_of_old(6)', 'it may fall to them');
SELECT lives_ok('coins_in_old', 'another is traded in it, by tick and lot of three decimals each');
SELECT throws_ok(
    'EXECUTE scale_of_old(5)', '23514', 'the scale of T1OLD is too small for its markets',
    'its scale does not fall below tick times lot'
);
SELECT is(
    pg_temp.detail_of('EXECUTE scale_of_old(5)'), '{"asset": "T1OLD", "scale": 6}',
    'that refusal names asset and scale too'
);
SELECT lives_ok('EXECUTE scale_of_old(8)', 'it may rise');
SELECT lives_ok('spend_it_all', 'a balance may become empty');
SELECT throws_ok(
    'coarser_coin', '23514', NULL, 'an empty balance still holds the scale: the ledger behind it has amounts'
);
SELECT results_eq(
    $$ SELECT code, scale::integer FROM market.assets WHERE code IN ('T1USD', 'T1BTC', 'T1OLD') ORDER BY code $$,
    $$ VALUES ('T1BTC', 18), ('T1OLD', 8), ('T1USD', 2) $$,
    'only the scale of what nobody owns has changed'
);

SELECT finish();
ROLLBACK;
