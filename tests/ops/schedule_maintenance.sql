-- ops.schedule_maintenance(): without pg_cron it says so; with it, tests/integration/test_maintenance.py runs it.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('ops', f.name, f.args::name[], 'a job runs as who made it: ' || f.name)
FROM (VALUES ('schedule_maintenance', ARRAY['text']), ('hand_over_maintenance', ARRAY[]::text[])) AS f (name, args);
SELECT is(
    pg_temp.who_may_execute('ops.schedule_maintenance(text)') || pg_temp.who_may_execute('ops.hand_over_maintenance()'), '{}',
    'both are for the owner alone'
);
SELECT throws_ok(
    'SELECT ops.schedule_maintenance()', '0A000', 'pg_cron is not in this database', 'without pg_cron nothing is scheduled'
);

SELECT finish();
ROLLBACK;
