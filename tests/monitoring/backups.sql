-- monitoring.backups: the last good backup of each kind, and the last that failed.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.backups'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'backups', ARRAY[
    'repository', 'kind', 'label', 'finished_at', 'age_seconds', 'took_seconds', 'bytes', 'repository_bytes',
    'failed_at', 'is_failing'
]);

PREPARE look AS SELECT * FROM monitoring.backups;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
