-- ops.retired_leaves: staff read what was retired; it is written with the leaves, by functions of the owner alone.

BEGIN;
SELECT plan(14);
\ir ../fixtures/core_grants.psql

SELECT policies_are('ops', 'retired_leaves', ARRAY['retired_leaves_kernel_all', 'retired_leaves_staff_select']);
SELECT policy_cmd_is('ops', 'retired_leaves', 'retired_leaves_staff_select'::name, 'select', 'staff read and no more');
SELECT policy_roles_are(
    'ops', 'retired_leaves', 'retired_leaves_staff_select',
    ARRAY['tradebase_auditor', 'tradebase_monitor', 'tradebase_operator', 'tradebase_worker'], 'four kinds of staff'
);
SELECT is(
    pg_temp.grants_on('ops.retired_leaves'),
    ARRAY[
        'tradebase_auditor: SELECT', 'tradebase_kernel: SELECT', 'tradebase_monitor: SELECT',
        'tradebase_operator: SELECT', 'tradebase_worker: SELECT'
    ],
    'the grants are these and no others'
);
INSERT INTO ops.retired_leaves (parent, leaf, from_at, to_at, rows, checksum)
VALUES ('trading.trades', 't_trades_2001_01', '2001-01-01 00:00:00+00', '2001-02-01 00:00:00+00', 2, '12');
PREPARE away AS SELECT rows FROM ops.retired_leaves WHERE leaf = 't_trades_2001_01';
PREPARE forget AS DELETE FROM ops.retired_leaves;
PREPARE claim_export AS UPDATE ops.retired_leaves SET exported_to = '/x', exported_at = now();

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('away', ARRAY[2::bigint], 'the kernel sees what is away');
SELECT throws_ok('claim_export', '42501', NULL, 'and says of no leaf that it is safe in a file');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('away', ARRAY[2::bigint], 'a worker sees it');
SELECT throws_ok('claim_export', '42501', NULL, 'who drops leaves does not say that they were exported');
SELECT throws_ok('forget', '42501', NULL, 'and takes none off the record');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('away', ARRAY[2::bigint], 'an auditor sees it');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('away', ARRAY[2::bigint], 'an operator sees it');
SELECT throws_ok('forget', '42501', NULL, 'and takes none off the record');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('away', '42501', NULL, 'support has no business here');
SET LOCAL ROLE authenticated;
SELECT throws_ok('away', '42501', NULL, 'nor has a client');

RESET ROLE;
SELECT finish();
ROLLBACK;
