-- ops.record_export(): a leaf is in a file when what was read back from it is the leaf.

BEGIN;
SELECT plan(10);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_old_readings.psql

SELECT isnt_definer('ops', 'record_export', ARRAY['name', 'text'], 'the owner says so, who has read the leaf');
SELECT is(pg_temp.who_may_execute('ops.record_export(name, text)'), '{}', 'it is for the owner alone');
PREPARE record(text) AS SELECT ops.record_export('t_readings_2001_02', $1);
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
SELECT ops.retire_leaf('t_readings_2001_02');

SELECT throws_ok($$ EXECUTE record('/a') $$, 'TR010', NULL, 'nothing is staged');
SELECT ops.stage_leaf(jsonb_build_object(
    'leaf', r.leaf, 'rows', r.rows, 'checksum', r.checksum, 'columns', jsonb_build_array('id', 'read_at', 'amount')
)) FROM ops.retired_leaves AS r;
INSERT INTO pg_temp.leaf_rows SELECT id, read_at, amount FROM attic.t_readings_2001_02 ORDER BY read_at DESC LIMIT 2;
SELECT throws_ok($$ EXECUTE record('/a') $$, 'TR903', 'the file does not hold what was retired', 'a row is missing');
INSERT INTO pg_temp.leaf_rows SELECT id, read_at, amount + 1 FROM attic.t_readings_2001_02 ORDER BY read_at LIMIT 1;
SELECT throws_ok($$ EXECUTE record('/a') $$, 'TR903', NULL, 'a row is another');
UPDATE pg_temp.leaf_rows SET amount = 101 WHERE amount = 102;
SELECT throws_ok($$ EXECUTE record('') $$, 'TR010', 'invalid file', 'a file has a name');
SELECT throws_ok($$ EXECUTE record(NULL) $$, 'TR010', 'invalid file', 'in any case');
SELECT throws_ok($$ SELECT ops.record_export('t_readings_2001_01', '/a') $$, 'TR010', NULL, 'an attached leaf is in no file');
SELECT lives_ok($$ EXECUTE record('/a') $$, 'the same rows, in another order, are the leaf');
SELECT results_eq(
    'SELECT exported_to, exported_at > now() FROM ops.retired_leaves', $$ VALUES ('/a', TRUE) $$, 'which is on record'
);

SELECT finish();
ROLLBACK;
