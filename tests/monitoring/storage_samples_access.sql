-- monitoring.storage_samples: written by one function as the kernel, read by who watches.

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql

SELECT policies_are('monitoring', 'storage_samples', ARRAY['storage_samples_kernel_all', 'storage_samples_monitor_select']);
SELECT policy_cmd_is('monitoring', 'storage_samples', 'storage_samples_monitor_select'::name, 'select', 'who watches reads');
SELECT policy_roles_are('monitoring', 'storage_samples', 'storage_samples_monitor_select', ARRAY['tradebase_monitor'], 'and nobody else');
SELECT is(
    pg_temp.grants_on('monitoring.storage_samples'), ARRAY[
        'tradebase_kernel: DELETE, INSERT, SELECT, UPDATE (bytes, expected_bytes, kind, of_table, row_estimate)', 'tradebase_monitor: SELECT'
    ], 'the kernel writes, who watches reads'
);

PREPARE look AS SELECT count(*) >= 0 FROM monitoring.storage_samples;
PREPARE forget AS DELETE FROM monitoring.storage_samples;
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('look', ARRAY[TRUE], 'who watches looks');
SELECT throws_ok('forget', '42501', 'permission denied for table storage_samples', 'and takes nothing back');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('look', '42501', 'permission denied for table storage_samples', 'a worker does not look');
SELECT throws_ok('forget', '42501', 'permission denied for table storage_samples', 'nor does it take anything back');

RESET ROLE;
SELECT finish();
ROLLBACK;
