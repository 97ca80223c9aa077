-- system.feature_flags: operators read them, nobody writes one by hand, and clients learn nothing of each other.

BEGIN;
SELECT plan(13);
\ir ../fixtures/core_grants.psql

SELECT policies_are('system', 'feature_flags', ARRAY['feature_flags_kernel_all', 'feature_flags_operator_select']);
SELECT is(
    pg_temp.grants_on('system.feature_flags'),
    ARRAY['tradebase_kernel: INSERT, SELECT, UPDATE', 'tradebase_operator: SELECT'],
    'the grants are these and no others'
);

INSERT INTO system.feature_flags (key, description) VALUES ('t_new', 'New.');

PREPARE seen AS SELECT key FROM system.feature_flags WHERE key = 't_new';
PREPARE turn_on AS UPDATE system.feature_flags SET is_enabled = TRUE;
PREPARE add AS INSERT INTO system.feature_flags (key, description) VALUES ('t_other', 'Other.');
PREPARE forget AS DELETE FROM system.feature_flags;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street reads whom a flag is for');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen', '42501', NULL, 'nor does a user');
SELECT throws_ok('turn_on', '42501', NULL, 'who turns nothing on');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'nor support');

SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen', ARRAY['t_new'], 'an operator reads it');
SELECT throws_ok('turn_on', '42501', NULL, 'and turns it on by a function alone');
SELECT throws_ok('add', '42501', NULL, 'nor adds one by hand');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', ARRAY['t_new'], 'the kernel reads it');
SELECT lives_ok('turn_on', 'and turns it on');
SELECT throws_ok('forget', '42501', NULL, 'and forgets none');

RESET ROLE;
SELECT finish();
ROLLBACK;
