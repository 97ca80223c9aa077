-- monitoring.save_baseline(): where nothing is counted, nothing is saved. The rest is in tests/health/test_health.py.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is_definer('monitoring', 'save_baseline', '{}'::name[]);
SELECT function_owner_is('monitoring', 'save_baseline', '{}'::name[], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('monitoring.save_baseline()'), ARRAY['tradebase_monitor'], 'for who watches');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('SELECT monitoring.save_baseline()', '55000', 'there is nothing to save', 'what is not counted is not saved')
WHERE NOT (SELECT is_counting FROM monitoring.statements_source)
UNION ALL
SELECT lives_ok('SELECT monitoring.save_baseline()', 'what is counted is saved')
WHERE (SELECT is_counting FROM monitoring.statements_source);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('SELECT monitoring.save_baseline()', '42501', NULL, 'nobody else says when all was well');

RESET ROLE;
SELECT finish();
ROLLBACK;
