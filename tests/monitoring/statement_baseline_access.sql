-- monitoring.statement_baseline: written by one function as the kernel, read by who watches.

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql

SELECT policies_are('monitoring', 'statement_baseline', ARRAY['statement_baseline_kernel_all', 'statement_baseline_monitor_select']);
SELECT policy_cmd_is('monitoring', 'statement_baseline', 'statement_baseline_monitor_select'::name, 'select', 'who watches reads');
SELECT policy_roles_are('monitoring', 'statement_baseline', 'statement_baseline_monitor_select', ARRAY['tradebase_monitor'], 'and nobody else');
SELECT is(
    pg_temp.grants_on('monitoring.statement_baseline'), ARRAY[
        'tradebase_kernel: DELETE, INSERT, SELECT', 'tradebase_monitor: SELECT'
    ], 'the kernel writes, who watches reads'
);

PREPARE look AS SELECT count(*) >= 0 FROM monitoring.statement_baseline;
PREPARE forget AS DELETE FROM monitoring.statement_baseline;
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('look', ARRAY[TRUE], 'who watches looks');
SELECT throws_ok('forget', '42501', 'permission denied for table statement_baseline', 'and takes nothing back');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('look', '42501', 'permission denied for table statement_baseline', 'a worker does not look');
SELECT throws_ok('forget', '42501', 'permission denied for table statement_baseline', 'nor does it take anything back');

RESET ROLE;
SELECT finish();
ROLLBACK;
