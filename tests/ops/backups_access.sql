-- ops.backups: written by ops.record_backup() alone, taken back by nobody; read by those who watch and repair.

BEGIN;
SELECT plan(17);
\ir ../fixtures/core_grants.psql

SELECT policies_are('ops', 'backups', ARRAY['backups_kernel_all', 'backups_staff_select']);
SELECT policy_cmd_is(
    'ops', 'backups', 'backups_staff_select'::name, 'select', 'staff read and no more'
);
SELECT policy_roles_are(
    'ops', 'backups', 'backups_staff_select',
    ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'], 'the policy is for three kinds of staff'
);
SELECT is(
    pg_temp.grants_on('ops.backups'),
    ARRAY[
        'tradebase_kernel: INSERT, SELECT', 'tradebase_monitor: SELECT', 'tradebase_operator: SELECT',
        'tradebase_worker: SELECT'
    ],
    'the grants are these and no others'
);

PREPARE write_it AS
INSERT INTO ops.backups (kind, repository, label, started_at, status)
VALUES ('diff', 1, 't_access', '2026-01-01 00:00:00+00', 'failed');
PREPARE whitewash AS UPDATE ops.backups SET status = 'succeeded' WHERE label = 't_access';
PREPARE forget AS DELETE FROM ops.backups WHERE label = 't_access';
PREPARE seen AS SELECT status FROM ops.backups WHERE label = 't_access';

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('write_it', 'the kernel writes a backup down');
SELECT throws_ok('whitewash', '42501', NULL, 'what failed stays failed');
SELECT throws_ok('forget', '42501', NULL, 'and stays');
SELECT throws_ok('TRUNCATE ops.backups', '42501', NULL, 'as do all of them');

SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('seen', ARRAY['failed'], 'a monitor sees that it failed');
SELECT throws_ok('write_it', '42501', NULL, 'a monitor writes none');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen', ARRAY['failed'], 'an operator sees it');
SELECT throws_ok('whitewash', '42501', NULL, 'an operator does not change how it ended');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('seen', ARRAY['failed'], 'a worker sees it');
SELECT throws_ok('write_it', '42501', NULL, 'a worker writes one by the function alone');

SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('seen', '42501', 'permission denied for table backups', 'an auditor has no business here');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen', '42501', NULL, 'a client sees no backup');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'nor does a service');

RESET ROLE;
SELECT finish();
ROLLBACK;
