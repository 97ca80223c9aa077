-- ops.job_runs: written by the kernel, which takes nothing back; read by those who watch, operate and repair.

BEGIN;
SELECT plan(19);
\ir ../fixtures/core_grants.psql

SELECT policies_are('ops', 'job_runs', ARRAY['job_runs_kernel_all', 'job_runs_staff_select']);
SELECT policy_cmd_is('ops', 'job_runs', 'job_runs_staff_select'::name, 'select', 'staff read and no more');
SELECT policy_roles_are(
    'ops', 'job_runs', 'job_runs_staff_select', ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'],
    'the policy is for three kinds of staff'
);
SELECT is(
    pg_temp.grants_on('ops.job_runs'),
    ARRAY[
        'tradebase_kernel: INSERT, SELECT, UPDATE (detail, finished_at, status)',
        'tradebase_monitor: SELECT', 'tradebase_operator: SELECT', 'tradebase_worker: SELECT'
    ],
    'the grants are these and no others'
);

PREPARE start AS INSERT INTO ops.job_runs (job) VALUES ('ops.t_job');
PREPARE finish_it AS UPDATE ops.job_runs
SET status = 'failed', finished_at = clock_timestamp(), detail = '{"sqlstate": "TR012"}' WHERE job = 'ops.t_job';
PREPARE rename AS UPDATE ops.job_runs SET job = 'ops.t_other' WHERE job = 'ops.t_job';
PREPARE predate AS UPDATE ops.job_runs SET started_at = '2031-01-01' WHERE job = 'ops.t_job';
PREPARE forget AS DELETE FROM ops.job_runs WHERE job = 'ops.t_job';
PREPARE seen AS SELECT status FROM ops.job_runs WHERE job = 'ops.t_job';

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('start', 'the kernel writes down that a job began');
SELECT lives_ok('finish_it', 'and how it ended');
SELECT throws_ok('rename', '42501', NULL, 'which job it was stays');
SELECT throws_ok('predate', '42501', NULL, 'when it began stays');
SELECT throws_ok('forget', '42501', NULL, 'the kernel forgets no run');
SELECT throws_ok('TRUNCATE ops.job_runs', '42501', NULL, 'nor all of them');

SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('seen', ARRAY['failed'], 'a monitor sees that it failed');
SELECT throws_ok('start', '42501', NULL, 'a monitor writes no run');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen', ARRAY['failed'], 'an operator sees it');
SELECT throws_ok('finish_it', '42501', NULL, 'an operator does not change how it ended');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('seen', ARRAY['failed'], 'a worker sees it');
SELECT throws_ok('start', '42501', NULL, 'a worker writes a run by the job''s function alone');

SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('seen', '42501', 'permission denied for table job_runs', 'an auditor has no business here');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen', '42501', NULL, 'a client sees no run');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'nor does a service');

RESET ROLE;
SELECT finish();
ROLLBACK;
