-- system.config_history: operators and auditors read it, and nobody writes it.

BEGIN;
SELECT plan(11);
\ir ../fixtures/core_grants.psql

SELECT policies_are('system', 'config_history', ARRAY['config_history_kernel_all', 'config_history_staff_select']);
SELECT is(
    pg_temp.grants_on('system.config_history'),
    ARRAY['tradebase_auditor: SELECT', 'tradebase_kernel: INSERT, SELECT', 'tradebase_operator: SELECT'],
    'the grants are these and no others'
);
PREPARE seen AS SELECT h.version FROM system.config_history AS h WHERE h.key = 'trading_enabled' AND h.version = 1;
PREPARE invent AS
INSERT INTO system.config_history (key, version, value, changed_by, changed_at)
VALUES ('trading_enabled', 0, 'false', '{}', now());
PREPARE forget AS DELETE FROM system.config_history;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street reads what was');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen', '42501', NULL, 'nor does a user, even of what is public now');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'nor support');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen', ARRAY[1], 'an operator does');
SELECT throws_ok('invent', '42501', NULL, 'and invents nothing');
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', ARRAY[1], 'so does the kernel');
SELECT throws_ok('forget', '42501', NULL, 'which forgets nothing');
SELECT throws_ok($$ UPDATE system.config_history SET reason = 'other' $$, '42501', NULL, 'and explains nothing afterwards');

RESET ROLE;
SELECT finish();
ROLLBACK;
