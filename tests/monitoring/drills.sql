-- monitoring.drills: the last restore that was tried, and the last good one.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.drills'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'drills', ARRAY[
    'kind', 'repository', 'status', 'target', 'finished_at', 'age_seconds', 'rpo_seconds', 'rto_seconds',
    'last_good_at', 'last_good_age_seconds'
]);

PREPARE look AS SELECT * FROM monitoring.drills;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
