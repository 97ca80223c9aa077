-- identity.staff_roles: operators and auditors see who is what, and nobody writes past the functions.

BEGIN;
SELECT plan(18);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT policies_are('identity', 'staff_roles', ARRAY['staff_roles_kernel_all', 'staff_roles_staff_select']);
SELECT is(
    pg_temp.grants_on('identity.staff_roles'),
    ARRAY[
        'tradebase_auditor: SELECT', 'tradebase_kernel: INSERT, SELECT, UPDATE (revoked_at, revoked_by)',
        'tradebase_operator: SELECT'
    ],
    'the grants are these and no others'
);

INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'alice', 'tradebase_support', '{}');

PREPARE seen AS SELECT r.user_id FROM identity.staff_roles AS r WHERE r.user_id IN (:'alice', :'bob');
PREPARE rise AS UPDATE identity.staff_roles SET role = 'tradebase_operator';
PREPARE enter AS
INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'bob', 'tradebase_operator', '{}');
PREPARE forget AS DELETE FROM identity.staff_roles;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street sees who works here');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('seen', '42501', NULL, 'nor does Alice, even of herself');
SELECT throws_ok('enter', '42501', NULL, 'she gives no role');
SELECT throws_ok('rise', '42501', NULL, 'and changes none');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service sees none');
SELECT throws_ok('enter', '42501', NULL, 'and gives none');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'nor does support');
SELECT throws_ok('rise', '42501', NULL, 'whose role is not support''s to change');

SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen', ARRAY[:'alice'::uuid], 'an operator sees who is what');
SELECT throws_ok('enter', '42501', NULL, 'gives no role by hand');
SELECT throws_ok('forget', '42501', NULL, 'and forgets none');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', ARRAY[:'alice'::uuid], 'so does an auditor');
SELECT throws_ok('rise', '42501', NULL, 'who changes none');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', ARRAY[:'alice'::uuid], 'the kernel sees them');
SELECT throws_ok('rise', '42501', NULL, 'makes nothing else of one');
SELECT throws_ok('forget', '42501', NULL, 'and forgets none');

RESET ROLE;
SELECT finish();
ROLLBACK;
