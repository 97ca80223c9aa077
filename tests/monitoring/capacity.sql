-- monitoring.capacity: how full the disk is, and when it will be. The slope is in tests/monitoring/sample_storage.sql.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.capacity'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'capacity', ARRAY[
    'sampled_on', 'days', 'bytes', 'bytes_per_day', 'capacity_bytes', 'used_percent', 'days_until_full', 'problem'
]);

PREPARE look AS SELECT * FROM monitoring.capacity;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
