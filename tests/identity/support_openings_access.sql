-- identity.support_openings: auditors see every look, support their own, and nobody makes or lengthens one by hand.

BEGIN;
SELECT plan(16);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT policies_are('identity', 'support_openings', ARRAY[
    'support_openings_kernel_all', 'support_openings_staff_select', 'support_openings_auditor_select'
]);
SELECT is(
    pg_temp.grants_on('identity.support_openings'),
    ARRAY[
        'tradebase_auditor: SELECT', 'tradebase_kernel: INSERT, SELECT, UPDATE (closed_at, reason)',
        'tradebase_support: SELECT'
    ],
    'the grants are these and no others'
);
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at) VALUES
(:'carol', :'alice', 'A call.', '2026-01-01 12:00+00', '2026-01-01 12:15+00'),
(:'bob', :'alice', 'Another.', '2026-01-01 12:00+00', '2026-01-01 12:15+00');

PREPARE seen AS
SELECT o.staff_user_id FROM identity.support_openings AS o WHERE o.user_id = :'alice' ORDER BY o.staff_user_id;
PREPARE go_on AS UPDATE identity.support_openings SET expires_at = expires_at + INTERVAL '1 minute';
PREPARE excuse AS UPDATE identity.support_openings SET reason = 'She asked.';
PREPARE look AS
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
VALUES (:'carol', :'bob', 'x', now(), now() + INTERVAL '1 minute');
PREPARE forget AS DELETE FROM identity.support_openings;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('seen', '42501', NULL, 'not Alice');
SELECT throws_ok('look', '42501', NULL, 'who opens nobody');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'no operator');

SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT results_eq('seen', ARRAY[:'carol'::uuid], 'Carol sees where she looked, and not who else did');
SELECT throws_ok('look', '42501', NULL, 'she looks nowhere past the function');
SELECT throws_ok('go_on', '42501', NULL, 'no longer');
SELECT throws_ok('excuse', '42501', NULL, 'for no other reason');
SELECT throws_ok('forget', '42501', NULL, 'and it stays');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', ARRAY[:'bob', :'carol']::uuid[], 'an auditor sees every look');
SELECT throws_ok('excuse', '42501', NULL, 'and excuses none');
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('go_on', '42501', NULL, 'the kernel lengthens none');
SELECT throws_ok('forget', '42501', NULL, 'and forgets none');

RESET ROLE;
SELECT finish();
ROLLBACK;
