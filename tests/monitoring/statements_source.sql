-- monitoring.statements_source: whether statements are counted, and what is missing.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.statements_source'), ARRAY['tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'statements_source', ARRAY[
    'is_counting', 'reset_at', 'baseline_at', 'problem'
]);

PREPARE look AS SELECT * FROM monitoring.statements_source;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT results_eq(
    $$ SELECT count(*), count(*) FILTER (WHERE is_counting = (problem IS NULL OR problem ~ 'baseline')) FROM monitoring.statements_source $$,
    'VALUES (1::bigint, 1::bigint)', 'one row, which says what is missing where something is'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
