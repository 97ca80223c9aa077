-- ops.partition_policies: staff read which tables are kept and how far ahead; a policy comes with a release alone, and
-- how long a table is kept is for ops.set_retention() to say.

BEGIN;
SELECT plan(17);
\ir ../fixtures/core_grants.psql

SELECT policies_are(
    'ops', 'partition_policies', ARRAY['partition_policies_kernel_all', 'partition_policies_staff_select']
);
SELECT policy_cmd_is(
    'ops', 'partition_policies', 'partition_policies_staff_select'::name, 'select', 'staff read and no more'
);
SELECT policy_roles_are(
    'ops', 'partition_policies', 'partition_policies_staff_select',
    ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'], 'the policy is for three kinds of staff'
);
SELECT is(
    pg_temp.grants_on('ops.partition_policies'),
    ARRAY[
        'tradebase_kernel: SELECT, UPDATE (action, retention)', 'tradebase_monitor: SELECT',
        'tradebase_operator: SELECT', 'tradebase_worker: SELECT'
    ],
    'the grants are these and no others'
);

PREPARE ledger AS SELECT period FROM ops.partition_policies WHERE parent::text = 'portfolio.ledger_entries';
PREPARE list AS INSERT INTO ops.partition_policies (parent, period) VALUES ('pg_catalog.pg_class', 'day');
PREPARE shorten AS UPDATE ops.partition_policies SET retention = INTERVAL '1 day', action = 'drop';
PREPARE thin_out AS UPDATE ops.partition_policies SET premake = 3, period = 'day';
PREPARE unlist AS DELETE FROM ops.partition_policies;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('ledger', ARRAY['month'], 'the kernel sees the ledger''s policy');
SELECT throws_ok('list', '42501', NULL, 'the kernel lists no table');
SELECT throws_ok('thin_out', '42501', NULL, 'the kernel makes no runway shorter');
SELECT throws_ok('unlist', '42501', NULL, 'the kernel takes no table off the list');

SET LOCAL ROLE tradebase_operator;
SELECT results_eq('ledger', ARRAY['month'], 'an operator sees the ledger''s policy');
SELECT throws_ok('shorten', '42501', NULL, 'not even an operator shortens a retention');

SET LOCAL ROLE tradebase_worker;
SELECT results_eq('ledger', ARRAY['month'], 'a worker sees the ledger''s policy');
SELECT throws_ok('list', '42501', NULL, 'a worker, who makes leaves, does not say of which table');
SELECT throws_ok('unlist', '42501', NULL, 'nor of which no more');

SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('ledger', ARRAY['month'], 'a monitor sees the ledger''s policy');

SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok(
    'ledger', '42501', 'permission denied for table partition_policies', 'an auditor has no business here'
);
SET LOCAL ROLE authenticated;
SELECT throws_ok('ledger', '42501', NULL, 'a client sees no policy');
SET LOCAL ROLE service_role;
SELECT throws_ok('ledger', '42501', NULL, 'nor does a service');

RESET ROLE;
SELECT finish();
ROLLBACK;
