-- monitoring.slots: for whom WAL is kept. A slot that nobody reads is in tests/health/test_health.py.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.slots'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'slots', ARRAY[
    'slot', 'kind', 'plugin', 'database', 'is_active', 'wal_status', 'kept_bytes', 'bytes_until_lost',
    'holds_back'
]);

PREPARE look AS SELECT * FROM monitoring.slots;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
