-- ops.load_leaf(): a dropped leaf is its table's again, all of its rows or none.

BEGIN;
SELECT plan(13);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_old_readings.psql

SELECT isnt_definer('ops', 'load_leaf', ARRAY['name'], 'the owner loads, who copies');
SELECT is(pg_temp.who_may_execute('ops.load_leaf(name)'), '{}', 'it is for the owner alone');
PREPARE load AS SELECT ops.load_leaf('t_readings_2001_02');
PREPARE february AS SELECT tableoid::regclass::text, id, read_at, amount::text, is_big FROM market.t_readings ORDER BY read_at;
CREATE TEMPORARY TABLE t_rows AS SELECT id, read_at, amount, is_big FROM market.t_readings;
UPDATE ops.partition_policies SET action = 'drop', retention = '2 years';
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
SELECT ops.retire_leaf('t_readings_2001_02');

SELECT throws_ok('load', 'TR010', 'no file of this leaf is staged', 'nothing is staged');
SELECT ops.stage_leaf(jsonb_build_object(
    'leaf', r.leaf, 'rows', r.rows, 'checksum', r.checksum, 'columns', jsonb_build_array('read_at', 'amount', 'id')
)) FROM ops.retired_leaves AS r;
SELECT throws_ok('load', 'TR010', 'the leaf is still in the attic', 'what is in the attic comes from there');
SELECT ops.drop_leaf('t_readings_2001_02');
SAVEPOINT dropped;

SELECT throws_ok('load', 'TR903', 'the file does not hold what was retired', 'no rows are not these');
INSERT INTO pg_temp.leaf_rows SELECT read_at + INTERVAL '1 year', amount, id FROM t_rows;
SELECT throws_ok('load', '23514', NULL, 'rows of another time find no leaf');
ROLLBACK TO dropped;
INSERT INTO pg_temp.leaf_rows SELECT read_at, 6, id FROM t_rows;
SELECT throws_ok('load', 'TR903', NULL, 'nor are other rows');
SELECT is_empty('february', 'and nothing was loaded');
ROLLBACK TO dropped;
INSERT INTO pg_temp.leaf_rows SELECT read_at, amount, id FROM t_rows;
SELECT ops.ensure_partitions('market.t_readings', '2001-02-01', '2001-02-28');
SELECT throws_ok('load', 'TR010', 'another leaf holds its time', 'a leaf that is there is not filled');
ROLLBACK TO dropped;

-- In another order of columns, and with one that the table did not have then.
INSERT INTO pg_temp.leaf_rows SELECT read_at, amount, id FROM t_rows ORDER BY read_at DESC;
ALTER TABLE market.t_readings ADD COLUMN note text DEFAULT 'new';
UPDATE ops.retired_leaves SET checksum = (SELECT d.checksum FROM ops.row_digest('t_rows', '{read_at,amount,id}') AS d);
SELECT is(ops.load_leaf('t_readings_2001_02'), 3::bigint, 'three rows come back');
SELECT results_eq(
    'february', $$ SELECT 'partitions.t_readings_2001_02', id, read_at, amount::text, is_big FROM t_rows ORDER BY read_at $$,
    'with their own ids, and what is generated from them'
);
SELECT is(ops.leaf_problems('partitions.t_readings_2001_02'), '{}', 'into a leaf like its parent');
SELECT ok((SELECT r.reattached_at > now() FROM ops.retired_leaves AS r), 'and it is on record');

SELECT finish();
ROLLBACK;
