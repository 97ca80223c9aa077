-- monitoring.blocking: who waits for whom. What is said of those who do is in tests/health/test_health.py.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.blocking'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'blocking', ARRAY[
    'pid', 'role', 'application', 'lock_type', 'lock_mode', 'relation', 'waiting_seconds', 'blocked_by',
    'root_pid', 'root_role', 'root_application', 'root_state', 'root_transaction_seconds'
]);

PREPARE look AS SELECT * FROM monitoring.blocking;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT is_empty('SELECT FROM monitoring.blocking WHERE pid = pg_backend_pid()', 'who runs waits for nobody');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
