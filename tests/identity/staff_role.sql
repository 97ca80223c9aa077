-- identity.staff_role(): the role that somebody has now: given, not taken, not over, and they are active.

BEGIN;
SELECT plan(9);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('identity.staff_role(uuid)'), ARRAY['tradebase_kernel', 'tradebase_operator'],
    'for the kernel, and for an operator who wants to know'
);
PREPARE carols AS SELECT (identity.staff_role(:'carol')).role;
PREPARE again AS UPDATE identity.staff_roles SET revoked_at = NULL, revoked_by = NULL WHERE user_id = :'carol';
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('carols', ARRAY['tradebase_support'], 'Carol is support');
SELECT is((identity.staff_role(:'alice')).role, NULL, 'Alice is a customer');
SELECT is((identity.staff_role(NULL)).role, NULL, 'nobody is nothing');
RESET ROLE;
UPDATE identity.staff_roles SET revoked_at = now(), revoked_by = '{}' WHERE user_id = :'carol';
SELECT results_eq('carols', ARRAY[NULL::text], 'taken is taken');
EXECUTE again;
SELECT results_eq('carols', ARRAY['tradebase_support'], 'as it was');
UPDATE identity.staff_roles SET granted_at = '2026-01-01', expires_at = '2026-01-02' WHERE user_id = :'carol';
SELECT results_eq('carols', ARRAY[NULL::text], 'what is over is over');
UPDATE identity.staff_roles SET expires_at = 'infinity' WHERE user_id = :'carol';
UPDATE identity.users SET status = 'suspended' WHERE id = :'carol';
SELECT results_eq('carols', ARRAY[NULL::text], 'who is suspended is no staff');
UPDATE identity.users SET status = 'active' WHERE id = :'carol';
SELECT results_eq('carols', ARRAY['tradebase_support'], 'and is again when they are active');

SELECT finish();
ROLLBACK;
