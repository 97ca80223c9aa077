-- monitoring.archive: whether WAL goes into the archive. An archive that fails is in tests/health/test_health.py.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.archive'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'archive', ARRAY[
    'mode', 'has_target', 'archived_count', 'failed_count', 'last_archived_wal', 'last_archived_at',
    'last_failed_wal', 'last_failed_at', 'reset_at', 'is_failing', 'archived_seconds_ago'
]);

PREPARE look AS SELECT * FROM monitoring.archive;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT results_eq(
    $$ SELECT count(*), count(*) FILTER (WHERE archived_count >= 0) FROM monitoring.archive $$, 'VALUES (1::bigint, 1::bigint)', 'one row'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
