-- identity.system_user_id(): the platform's own accounts by name, and NULL for any other.

BEGIN;
SELECT plan(9);

PREPARE account(text) AS SELECT identity.system_user_id($1);

SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'identity.system_user_id(text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['tradebase_auditor', 'tradebase_kernel', 'tradebase_reporter'],
    'the kernel and those who check and count may ask'
);
SELECT results_eq(
    $$ SELECT account, identity.system_user_id(account)
       FROM unnest(ARRAY['fees', 'external', 'adjustment']) AS account $$,
    $$ VALUES
        ('fees', '00000000-0000-7000-8000-000000000001'::uuid), ('external', '00000000-0000-7000-8000-000000000002'),
        ('adjustment', '00000000-0000-7000-8000-000000000003') $$,
    'the accounts have fixed ids'
);
SELECT is_empty(
    $$ SELECT account FROM unnest(ARRAY['fees', 'external', 'adjustment']) AS account
       WHERE NOT EXISTS (
           SELECT FROM identity.users AS u WHERE u.id = identity.system_user_id(account) AND u.kind = 'system'
       ) $$,
    'each of them is a system user'
);
SELECT is(identity.system_user_id('Fees'), NULL, 'a name is written as it is');
SELECT is(identity.system_user_id(NULL), NULL, 'no name is no account');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    $$ EXECUTE account('external') $$, ARRAY['00000000-0000-7000-8000-000000000002'::uuid],
    'the kernel asks for an account'
);
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    $$ EXECUTE account('fees') $$, ARRAY['00000000-0000-7000-8000-000000000001'::uuid], 'so does an auditor'
);
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE account('external') $$, '42501', NULL, 'a user does not');
SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE account('external') $$, '42501', NULL, 'nor does nobody');

RESET ROLE;
SELECT finish();
ROLLBACK;
