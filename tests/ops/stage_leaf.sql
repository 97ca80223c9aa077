-- ops.stage_leaf(): the first line of a file says what it holds, and nothing is staged that was not retired here.

BEGIN;
SELECT plan(14);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_old_readings.psql

SELECT isnt_definer('ops', 'stage_leaf', ARRAY['jsonb'], 'the owner stages, who copies');
SELECT is(pg_temp.who_may_execute('ops.stage_leaf(jsonb)'), '{}', 'it is for the owner alone');
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
SELECT ops.retire_leaf('t_readings_2001_02');
CREATE FUNCTION pg_temp.header(other jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql RETURN (
    SELECT jsonb_build_object(
        'leaf', r.leaf, 'rows', r.rows, 'checksum', r.checksum, 'columns', jsonb_build_array('id', 'read_at', 'amount')
    ) || other
    FROM ops.retired_leaves AS r
);

SELECT throws_ok(format('SELECT ops.stage_leaf(pg_temp.header(%L))', w.other), w.state, w.message, w.description)
FROM (VALUES
    ('{"leaf": "t_readings_2001_01"}', 'TR010', 'no leaf of this name is away', 'an attached leaf'),
    ('{"leaf": null}', 'TR010', 'no leaf of this name is away', 'no leaf'),
    ('{"rows": 4}', 'TR903', 'the file does not speak of what was retired', 'more rows than were retired'),
    ('{"rows": null}', 'TR903', NULL, 'no number of rows'),
    ('{"checksum": "1"}', 'TR903', NULL, 'other rows'),
    ('{"columns": ["id", "is_big"]}', 'TR010', 'the table has no column is_big any more', 'a generated column'),
    ('{"columns": ["id", "gone\" FROM pg_authid --"]}', 'TR010', NULL, 'a column that is none'),
    ('{"columns": []}', 'TR010', 'the file names no columns', 'no columns'),
    ('{"columns": "id"}', 'TR010', 'the file names no columns', 'what is no list')
) AS w (other, state, message, description);
SELECT is(to_regclass('pg_temp.leaf_rows'), NULL, 'then nothing is staged');

SELECT ops.stage_leaf(pg_temp.header());
SELECT ops.stage_leaf(pg_temp.header());
SELECT columns_are(
    (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = pg_my_temp_schema()), 'leaf_rows', ARRAY['id', 'read_at', 'amount'],
    'the table for it has the columns of the file, however often it is made'
);
SELECT is((SELECT count(*) FROM pg_temp.leaf_rows), 0::bigint, 'and no row yet');

SELECT finish();
ROLLBACK;
