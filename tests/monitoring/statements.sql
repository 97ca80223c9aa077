-- monitoring.statements: what each statement costs; none where nobody counts. What is counted is in tests/health/test_health.py.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.statements'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'statements', ARRAY[
    'query_id', 'role', 'is_toplevel', 'query', 'calls', 'row_count', 'total_ms', 'mean_ms', 'buffers',
    'buffers_read', 'temp_buffers', 'wal_bytes', 'buffers_per_call', 'calls_since', 'total_ms_since',
    'mean_ms_since', 'buffers_per_call_since', 'mean_ms_before', 'buffers_per_call_before', 'baseline_at'
]);

PREPARE look AS SELECT * FROM monitoring.statements;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
