-- ops.leaf_columns(): what of a row was written, in the table's order.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_readings.psql

SELECT volatility_is('ops', 'leaf_columns', ARRAY['regclass'], 'stable', 'it only looks');
SELECT is(pg_temp.who_may_execute('ops.leaf_columns(regclass)'), '{}', 'it is for the owner alone');
ALTER TABLE market.t_readings ADD COLUMN note text, DROP COLUMN amount CASCADE;
SELECT is(
    ops.leaf_columns('market.t_readings'), ARRAY['id', 'read_at', 'note']::name[],
    'a dropped column is none, nor is one that is generated'
);
SELECT is(ops.leaf_columns(NULL), NULL, 'no table has no columns');

SELECT finish();
ROLLBACK;
