-- monitoring.bloat: what takes more room than it did. The estimate is in tests/monitoring/sample_storage.sql.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.bloat'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'bloat', ARRAY[
    'relation', 'kind', 'of_table', 'sampled_on', 'bytes', 'row_estimate', 'bloat_bytes', 'bloat_percent'
]);

PREPARE look AS SELECT * FROM monitoring.bloat;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
