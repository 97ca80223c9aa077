-- identity.take_in_auth_user(): whoever signs up is a user at once, and no trouble of ours stops a sign-up.

BEGIN;
SELECT plan(18);
\set carol cccccccc-0000-4000-8000-00000000000c
\set dave dddddddd-0000-4000-8000-00000000000d
\set erin eeeeeeee-0000-4000-8000-00000000000e

SELECT is_definer('identity', 'take_in_auth_user', ARRAY[]::text[]);
SELECT function_owner_is('identity', 'take_in_auth_user', ARRAY[]::text[], 'tradebase_kernel');
SELECT is_empty(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'identity.take_in_auth_user()'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    'nobody makes another trigger of it'
);

PREPARE carol_signs_up AS INSERT INTO auth.users (id, email) VALUES (:'carol', 'carol@t1.example');
PREPARE dave_signs_up AS INSERT INTO auth.users (id, email) VALUES (:'dave', 'dave@t1.example');
PREPARE erin_signs_up AS INSERT INTO auth.users (id, email) VALUES (:'erin', 'erin@t1.example');
PREPARE users_with_profile AS
SELECT u.id, u.kind, p.user_id IS NOT NULL
FROM identity.users AS u LEFT JOIN identity.profiles AS p ON p.user_id = u.id
WHERE u.id IN (:'carol', :'dave', :'erin')
ORDER BY u.id;
PREPARE signed_up AS SELECT id FROM auth.users WHERE id IN (:'carol', :'dave', :'erin') ORDER BY id;
PREPARE failures AS
SELECT detail ->> 'user_id', status, detail ->> 'sqlstate', finished_at >= started_at
FROM ops.job_runs
WHERE job = 'identity.take_in_auth_user' AND detail ->> 'user_id' IN (:'carol', :'dave', :'erin')
ORDER BY id;

SELECT lives_ok('carol_signs_up', 'Carol signs up');
SELECT results_eq(
    'users_with_profile', $$ VALUES ('cccccccc-0000-4000-8000-00000000000c'::uuid, 'customer', TRUE) $$,
    'she is a customer with a profile at once'
);
SELECT is_empty('failures', 'there is nothing to report');

-- The warning that follows is part of the deed, but no part of this report.
SET LOCAL client_min_messages = error;
ALTER TABLE identity.profiles ADD CONSTRAINT profiles_sabotage_check CHECK (FALSE) NOT VALID;
SELECT lives_ok('dave_signs_up', 'Dave signs up although no profile can be written');
SELECT results_eq(
    'signed_up', ARRAY['cccccccc-0000-4000-8000-00000000000c', 'dddddddd-0000-4000-8000-00000000000d']::uuid[],
    'he is in auth.users'
);
SELECT results_eq(
    'users_with_profile', $$ VALUES ('cccccccc-0000-4000-8000-00000000000c'::uuid, 'customer', TRUE) $$,
    'he is no half of a user'
);
SELECT results_eq(
    'failures', $$ VALUES ('dddddddd-0000-4000-8000-00000000000d', 'failed', '23514', TRUE) $$,
    'his case is on record with its reason'
);

REVOKE INSERT ON ops.job_runs FROM tradebase_kernel;
SELECT lives_ok('erin_signs_up', 'Erin signs up although not even that can be written');
SELECT results_eq(
    'signed_up',
    ARRAY[
        'cccccccc-0000-4000-8000-00000000000c', 'dddddddd-0000-4000-8000-00000000000d',
        'eeeeeeee-0000-4000-8000-00000000000e'
    ]::uuid[],
    'she is in auth.users'
);
SELECT results_eq(
    'failures', $$ VALUES ('dddddddd-0000-4000-8000-00000000000d', 'failed', '23514', TRUE) $$, 'hers is not on record'
);

ALTER TABLE identity.profiles DROP CONSTRAINT profiles_sabotage_check;
GRANT INSERT ON ops.job_runs TO tradebase_kernel;
SELECT is(identity.ensure_user(:'dave'), TRUE, 'after the cause is mended Dave is taken in');
SELECT is(identity.ensure_user(:'erin'), TRUE, 'so is Erin');
SELECT is(identity.ensure_user(:'erin'), FALSE, 'and lacks nothing any more');
SELECT results_eq(
    'users_with_profile',
    $$ VALUES
        ('cccccccc-0000-4000-8000-00000000000c'::uuid, 'customer', TRUE),
        ('dddddddd-0000-4000-8000-00000000000d', 'customer', TRUE),
        ('eeeeeeee-0000-4000-8000-00000000000e', 'customer', TRUE) $$,
    'all three are customers with a profile'
);

REVOKE INSERT ON identity.users FROM tradebase_kernel;
SELECT lives_ok(
    $$ INSERT INTO auth.users (id, email) VALUES ('ffffffff-0000-4000-8000-00000000000f', 'frank@t1.example') $$,
    'a right that we lost stops no sign-up either'
);

SELECT finish();
ROLLBACK;
