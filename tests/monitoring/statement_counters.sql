-- monitoring.statement_counters(): what is missing is said. What is counted is in tests/health/test_health.py.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is_definer('monitoring', 'statement_counters', ARRAY['boolean']);
SELECT is(
    (SELECT proowner FROM pg_proc WHERE oid = 'monitoring.statement_counters(boolean)'::regprocedure),
    (SELECT nspowner FROM pg_namespace WHERE nspname = 'ops'), 'as the owner of the database'
);
SELECT is(
    pg_temp.who_may_execute('monitoring.statement_counters(boolean)'), ARRAY['tradebase_kernel', 'tradebase_monitor'],
    'for who watches, and what saves a baseline'
);
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    'SELECT count(*) FROM monitoring.statement_counters(FALSE) WHERE query_id IS NULL', ARRAY[1::bigint],
    'one row is of the whole'
);
SELECT is_empty(
    $$ SELECT FROM monitoring.statement_counters(TRUE)
       WHERE query_id IS NULL AND NOT coalesce(problem ~ 'pg_stat_statements|pg_read_all_stats', reset_at IS NOT NULL) $$,
    'it says since when is counted, or what is missing, by name'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
