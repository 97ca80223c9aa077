-- monitoring.tables: rows dead and alive, updates, vacuum and freezing.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.tables'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'tables', ARRAY[
    'relation', 'live_rows', 'dead_rows', 'dead_percent', 'updates', 'hot_updates', 'hot_percent',
    'changes_since_analyze', 'vacuumed_at', 'analyzed_at', 'freeze_age', 'multixact_age', 'sequential_scans',
    'sequential_rows', 'index_scans'
]);

PREPARE look AS SELECT * FROM monitoring.tables;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT results_eq(
    $$ SELECT count(*), count(*) FILTER (WHERE freeze_age >= 0) FROM monitoring.tables WHERE relation = 'market.assets' $$,
    'VALUES (1::bigint, 1::bigint)', 'a table is there once, with its age'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
