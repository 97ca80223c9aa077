-- monitoring.growth: by how much each table grows. The slope is in tests/monitoring/sample_storage.sql.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.growth'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'growth', ARRAY[
    'of_table', 'sampled_on', 'days', 'bytes', 'table_bytes', 'index_bytes', 'bytes_per_day'
]);

PREPARE look AS SELECT * FROM monitoring.growth;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
