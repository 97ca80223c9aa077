-- market.assets: a unit of account has a code, a known kind and status, and a scale that the ledger can keep.

BEGIN;
SELECT plan(31);
\ir ../fixtures/three_assets.psql

SELECT columns_are('market', 'assets', ARRAY[
    'id', 'code', 'name', 'kind', 'scale', 'display_scale', 'status', 'withdraw_min', 'withdraw_fee', 'valuation_market_id',
    'metadata', 'created_at'
]);
SELECT col_type_is('market', 'assets', 'withdraw_min', 'core', 'amount', 'the smallest withdrawal is an amount');
SELECT col_type_is('market', 'assets', 'withdraw_fee', 'core', 'amount', 'so is what it costs');
SELECT indexes_are('market', 'assets', ARRAY['assets_pkey', 'assets_code_key', 'assets_valuation_market_id_idx']);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'market.assets'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['valuation_market_id'],
    'nothing else may be unknown'
);

PREPARE scaled(integer) AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1NEW', 'New', 'crypto', $1, 0);
PREPARE lowercase_code AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('t1new', 'New', 'crypto', 8, 8);
PREPARE long_code AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES (repeat('A', 33), 'New', 'crypto', 8, 8);
PREPARE taken_code AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1USD', 'New', 'crypto', 8, 8);
PREPARE empty_name AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1NEW', '', 'crypto', 8, 8);
PREPARE unknown_kind AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1NEW', 'New', 'seashell', 8, 8);
PREPARE shown_finer_than_kept AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1NEW', 'New', 'crypto', 8, 9);
PREPARE shown_below_zero AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1NEW', 'New', 'crypto', 8, -1);
PREPARE unknown_status AS
INSERT INTO market.assets (code, name, kind, scale, display_scale, status)
VALUES ('T1NEW', 'New', 'crypto', 8, 8, 'asleep');
PREPARE withdraw_at_least(numeric) AS
INSERT INTO market.assets (code, name, kind, scale, display_scale, withdraw_min)
VALUES ('T1NEW', 'New', 'crypto', 8, 8, $1);
PREPARE withdraw_for(numeric) AS
INSERT INTO market.assets (code, name, kind, scale, display_scale, withdraw_fee)
VALUES ('T1NEW', 'New', 'crypto', 8, 8, $1);
PREPARE metadata_is(jsonb) AS
INSERT INTO market.assets (code, name, kind, scale, display_scale, metadata)
VALUES ('T1NEW', 'New', 'crypto', 8, 8, $1);
PREPARE valued_by_nothing AS
INSERT INTO market.assets (code, name, kind, scale, display_scale, valuation_market_id)
VALUES ('T1NEW', 'New', 'crypto', 8, 8, -1);

SELECT throws_ok('lowercase_code', '23514', NULL, 'a code is upper case');
SELECT throws_ok('long_code', '23514', NULL, 'a code has at most 32 characters');
SELECT throws_ok('taken_code', '23505', NULL, 'a code names one asset');
SELECT throws_ok(
    $$ INSERT INTO market.assets (id, code, name, kind, scale, display_scale)
       VALUES (0, 'T1NEW', 'New', 'crypto', 8, 8) $$,
    '428C9', NULL, 'the server numbers the assets'
);
SELECT throws_ok('empty_name', '23514', NULL, 'an asset has a name');
SELECT throws_ok('unknown_kind', '23514', NULL, 'a kind outside the list is refused');
SELECT throws_ok('EXECUTE scaled(19)', '23514', NULL, 'the ledger keeps at most 18 decimals');
SELECT throws_ok('EXECUTE scaled(-1)', '23514', NULL, 'a scale is not negative');
SELECT lives_ok('EXECUTE scaled(0)', 'an asset may be indivisible');
DELETE FROM market.assets WHERE code = 'T1NEW';
SELECT throws_ok('shown_finer_than_kept', '23514', NULL, 'no more decimals are shown than kept');
SELECT throws_ok('shown_below_zero', '23514', NULL, 'a display scale is not negative');
SELECT throws_ok('unknown_status', '23514', NULL, 'a status outside the list is refused');
SELECT throws_ok('EXECUTE withdraw_at_least(-1)', '23514', NULL, 'the smallest withdrawal is not negative');
SELECT throws_ok($$ EXECUTE withdraw_at_least('NaN') $$, '23514', NULL, 'the smallest withdrawal is a number');
SELECT throws_ok('EXECUTE withdraw_for(-1)', '23514', NULL, 'a withdrawal pays no fee of less than nothing');
SELECT throws_ok('EXECUTE withdraw_for(1e-9)', '23514', NULL, 'nor one that the ledger cannot keep');
SELECT throws_ok($$ EXECUTE metadata_is('[]') $$, '23514', NULL, 'metadata is an object');
SELECT throws_ok(
    $$ EXECUTE metadata_is(jsonb_build_object('note', repeat('x', 8200))) $$, '23514', NULL,
    'metadata has at most 8 kB'
);
SELECT throws_ok('valued_by_nothing', '23503', NULL, 'an asset is valued by a market that is there');
SELECT is_empty(
    $$ SELECT code FROM market.assets WHERE code IN ('T1NEW', 't1new') $$, 'the refusals left nothing behind'
);

-- Each half of the ring points at the other: a new asset and its market are written in one go when it waits for COMMIT.
SET CONSTRAINTS market.assets_valuation_market_id_fkey DEFERRED;
SELECT lives_ok('valued_by_nothing', 'within a transaction an asset may come before the market that values it');
SELECT throws_ok(
    'SET CONSTRAINTS market.assets_valuation_market_id_fkey IMMEDIATE', '23503', NULL, 'by its end the market is there'
);

PREPARE finer AS UPDATE market.assets SET scale = scale + 1 WHERE code = 'T2USD';
PREPARE coarser AS UPDATE market.assets SET scale = scale - 1 WHERE code = 'T2USD';
PREPARE renamed AS UPDATE market.assets SET scale = scale, name = 'Dollar' WHERE code = 'T2USD';
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T2USD', 'T2USD', 'fiat', 2, 0);
SELECT throws_ok('finer', '23514', 'the scale of T2USD is fixed', 'a scale never rises');
SELECT throws_ok('coarser', '23514', 'the scale of T2USD is fixed', 'nor does it fall');
SELECT lives_ok('renamed', 'the rest of an asset may change');

SELECT throws_ok(
    $$ INSERT INTO market.assets (id, code, name, kind, scale, display_scale) OVERRIDING SYSTEM VALUE
       SELECT r.id, 'T9USD', r.name, r.kind, r.scale, r.display_scale FROM market.assets AS r WHERE r.code = 'T1USD' $$,
    '23505', 'duplicate key value violates unique constraint "assets_pkey"', 'a number is of one asset'
);

SELECT finish();
ROLLBACK;
