-- portfolio.ledger_checkpoints: what the ledger came to, of customers and of system accounts, and never otherwise.

BEGIN;
SELECT plan(27);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql

SELECT columns_are('portfolio', 'ledger_checkpoints', ARRAY[
    'user_id', 'asset_id', 'as_of', 'version', 'available', 'held'
]);
SELECT results_eq(
    $$ SELECT pg_get_constraintdef(c.oid) FROM pg_constraint AS c WHERE c.conname = 'ledger_checkpoints_pkey' $$,
    ARRAY['PRIMARY KEY (user_id, asset_id, as_of)'], 'one row for each account and time'
);
SELECT indexes_are('portfolio', 'ledger_checkpoints', ARRAY[
    'ledger_checkpoints_pkey', 'ledger_checkpoints_asset_id_idx'
]);
SELECT col_type_is('portfolio', 'ledger_checkpoints', 'available', 'core', 'total', 'the world outside owes');
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'portfolio.ledger_checkpoints'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped $$,
    ARRAY['version'], 'nothing but the version may be unknown'
);

CREATE FUNCTION pg_temp.put(
    user_id uuid DEFAULT 'aaaaaaaa-0000-4000-8000-00000000000a', version bigint DEFAULT 3,
    available numeric DEFAULT 100.25, held numeric DEFAULT 0.5, as_of timestamptz DEFAULT '2019-04-01 00:00:00+00',
    asset_id integer DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
    SELECT put.user_id, coalesce(put.asset_id, a.id), put.as_of, put.version, put.available, put.held
    FROM market.assets AS a WHERE a.code = 'T1USD'
$$;
PREPARE kept AS
SELECT version, available::text, held::text FROM portfolio.ledger_checkpoints
WHERE asset_id = :t1usd ORDER BY version NULLS LAST;

SELECT throws_ok('SELECT pg_temp.put(available => -0.01)', '23514', NULL, 'a customer owes nothing');
SELECT throws_ok('SELECT pg_temp.put(held => -0.01)', '23514', NULL, 'nor is less than nothing held');
SELECT throws_ok('SELECT pg_temp.put(version => 0)', '23514', NULL, 'versions count from one');
SELECT throws_ok($$ SELECT pg_temp.put(available => 'NaN') $$, '23514', NULL, 'NaN is no sum');
SELECT throws_ok($$ SELECT pg_temp.put(available => 'Infinity') $$, '23514', NULL, 'nor is Infinity');
SELECT throws_ok('SELECT pg_temp.put(available => 1e30)', '23514', NULL, 'a sum is below 1e30');
SELECT throws_ok('SELECT pg_temp.put(available => 1e-19)', '23514', NULL, 'a sum has at most 18 decimals');
SELECT throws_ok('SELECT pg_temp.put(as_of => NULL)', '23502', NULL, 'a sum is of a time');
SELECT throws_ok(
    $$ SELECT pg_temp.put('0190aaaa-0000-7000-8000-000000000001') $$, '23503', NULL, 'an account is somebody''s'
);
SELECT throws_ok('SELECT pg_temp.put(asset_id => -1)', '23503', NULL, 'of something');
SELECT is_empty('kept', 'none of these is written');

SELECT lives_ok('SELECT pg_temp.put()', 'a customer''s is written');
SELECT throws_ok('SELECT pg_temp.put(available => 7)', '23505', NULL, 'one for each time');
SELECT lives_ok(
    $$ SELECT pg_temp.put('00000000-0000-7000-8000-000000000002', NULL, -3e20, 0) $$,
    'the world outside gave more than one customer can have'
);
SELECT results_eq(
    'kept', $$ VALUES (3::bigint, '100.25', '0.5'), (NULL, '-300000000000000000000', '0') $$, 'both are kept'
);

PREPARE rewrite AS UPDATE portfolio.ledger_checkpoints SET available = 1000 WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM portfolio.ledger_checkpoints WHERE user_id = :'alice';
SELECT throws_ok(
    'rewrite', 'TR902', 'portfolio.ledger_checkpoints is append-only', 'no checkpoint is changed, by the owner either'
);
SELECT throws_ok('forget', 'TR902', 'portfolio.ledger_checkpoints is append-only', 'none is removed');
SELECT throws_ok(
    'TRUNCATE portfolio.ledger_checkpoints', 'TR902', 'portfolio.ledger_checkpoints is append-only',
    'nor all of them at once'
);
SELECT results_eq(
    $$ SELECT t.tgname::text COLLATE "default", t.tgenabled::text FROM pg_trigger AS t
       WHERE t.tgrelid = 'portfolio.ledger_checkpoints'::regclass AND NOT t.tgisinternal ORDER BY 1 $$,
    $$ VALUES ('ledger_checkpoints_append_only', 'A'), ('ledger_checkpoints_no_truncate', 'A') $$,
    'a session that calls itself a replica is held to the same'
);
SELECT results_eq(
    $$ SELECT c.relrowsecurity, c.relforcerowsecurity FROM pg_class AS c
       WHERE c.oid = 'portfolio.ledger_checkpoints'::regclass $$,
    $$ VALUES (TRUE, TRUE) $$, 'row level security binds everybody'
);
SELECT results_eq(
    $$ SELECT count(*) FROM pg_partitioned_table WHERE partrelid = 'portfolio.ledger_checkpoints'::regclass $$,
    ARRAY[0::bigint], 'it is what stays when leaves go, and has none'
);
SELECT results_eq(
    'kept', $$ VALUES (3::bigint, '100.25', '0.5'), (NULL, '-300000000000000000000', '0') $$, 'both are as they were'
);

SELECT finish();
ROLLBACK;
