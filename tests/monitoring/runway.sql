-- monitoring.runway: how far ahead each partitioned table has leaves.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.runway'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'runway', ARRAY[
    'parent', 'period', 'premake', 'leaves', 'ready_until', 'ready'
]);

PREPARE look AS SELECT * FROM monitoring.runway;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT results_eq(
    'SELECT parent, leaves, ready FROM monitoring.runway ORDER BY parent',
    'SELECT parent::text, leaves, runway FROM ops.partition_health(CURRENT_DATE) ORDER BY parent::text',
    'as ops.partition_health() counts, which looks at much more'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
