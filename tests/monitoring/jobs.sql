-- monitoring.jobs: each jobs last run, and what failed within a day.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.jobs'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'jobs', ARRAY[
    'job', 'status', 'started_at', 'finished_at', 'took_seconds', 'age_seconds', 'failures', 'open_failures',
    'message'
]);

PREPARE look AS SELECT * FROM monitoring.jobs;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
