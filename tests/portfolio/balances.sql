-- portfolio.balances: one row per user and asset, never negative, never anything but a number.

BEGIN;
SELECT plan(20);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql

SELECT columns_are('portfolio', 'balances', ARRAY['user_id', 'asset_id', 'available', 'held', 'version', 'updated_at']);
SELECT col_type_is('portfolio', 'balances', 'available', 'core', 'amount', 'what is available is an amount');
SELECT col_type_is('portfolio', 'balances', 'held', 'core', 'amount', 'what is held is an amount');
SELECT indexes_are('portfolio', 'balances', ARRAY['balances_pkey', 'balances_asset_id_idx']);
SELECT is_empty(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'portfolio.balances'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    'nothing may be unknown'
);

PREPARE alice_owns(numeric) AS
INSERT INTO portfolio.balances (user_id, asset_id, available) VALUES (:'alice', :t1btc, $1);
PREPARE alice_holds(numeric) AS
INSERT INTO portfolio.balances (user_id, asset_id, held) VALUES (:'alice', :t1btc, $1);
PREPARE versioned(bigint) AS UPDATE portfolio.balances SET version = $1 WHERE user_id = :'alice' AND asset_id = :t1btc;
PREPARE stranger_owns AS
INSERT INTO portfolio.balances (user_id, asset_id) VALUES ('cccccccc-0000-4000-8000-00000000000c', :t1btc);
PREPARE alice_owns_nothing_known AS INSERT INTO portfolio.balances (user_id, asset_id) VALUES (:'alice', -1);
PREPARE delist AS DELETE FROM market.assets WHERE id = :t1btc;

SELECT throws_ok('EXECUTE alice_owns(-0.01)', '23514', NULL, 'nobody owns less than nothing');
SELECT throws_ok('EXECUTE alice_holds(-0.01)', '23514', NULL, 'nor holds less than nothing');
SELECT throws_ok($$ EXECUTE alice_owns('NaN') $$, '23514', NULL, 'NaN is not an amount');
SELECT throws_ok($$ EXECUTE alice_owns('Infinity') $$, '23514', NULL, 'Infinity is not an amount');
SELECT throws_ok($$ EXECUTE alice_holds('NaN') $$, '23514', NULL, 'NaN is not held');
SELECT throws_ok('EXECUTE alice_owns(1e20)', '23514', NULL, 'an amount is below 1e20');
SELECT throws_ok('EXECUTE alice_owns(1e-19)', '23514', NULL, 'an amount has at most 18 decimals');
SELECT lives_ok('EXECUTE alice_owns(99999999999999999999.999999999999999999)', 'the largest amount fits');
SELECT results_eq(
    $$ SELECT available::text, held::text, version FROM portfolio.balances
       WHERE user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    $$ VALUES ('99999999999999999999.999999999999999999', '0', 0::bigint) $$, 'to the last digit, with nothing held'
);
SELECT throws_ok('EXECUTE alice_owns(1)', '23505', NULL, 'a user has one balance of an asset');
SELECT throws_ok('EXECUTE versioned(-1)', '23514', NULL, 'entries are counted from zero');
SELECT throws_ok('stranger_owns', '23503', NULL, 'a balance is a user''s');
SELECT throws_ok('alice_owns_nothing_known', '23503', NULL, 'a balance is of an asset');
SELECT throws_ok('delist', '23503', NULL, 'an asset stays while somebody has a balance of it');
SELECT results_eq(
    $$ SELECT version, available = 99999999999999999999.999999999999999999 FROM portfolio.balances
       WHERE user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    $$ VALUES (0::bigint, TRUE) $$, 'the refusals changed nothing'
);

SELECT finish();
ROLLBACK;
