-- identity.profiles: a user reads and edits their own, never whose it is nor when; nobody else sees a name.

BEGIN;
SELECT plan(40);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql

SELECT policies_are('identity', 'profiles', ARRAY[
    'profiles_kernel_all', 'profiles_owner_select', 'profiles_owner_update', 'profiles_support_select'
]);
SELECT any_column_privs_are('identity', 'profiles', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'authenticated', ARRAY['SELECT', 'UPDATE']);
SELECT any_column_privs_are('identity', 'profiles', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_auditor', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_reporter', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('identity', 'profiles', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'identity.profiles'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

UPDATE identity.profiles SET display_name = 'Bob' WHERE user_id = :'bob';

PREPARE seen_profiles AS SELECT user_id, display_name FROM identity.profiles ORDER BY user_id;
PREPARE edit AS
UPDATE identity.profiles
SET
    display_name = 'Alice', country = 'CH', timezone = 'Europe/Zurich', reporting_asset_id = :t1usd,
    preferences = '{"dark": true}'
WHERE user_id = :'alice'
RETURNING display_name, country, timezone, preferences;
PREPARE rename_everybody AS UPDATE identity.profiles SET display_name = 'Everybody';
PREPARE rename_bob AS UPDATE identity.profiles SET display_name = 'Robert' WHERE user_id = :'bob' RETURNING user_id;
PREPARE become_bob AS UPDATE identity.profiles SET user_id = :'bob' WHERE user_id = :'alice';
PREPARE become_alice AS UPDATE identity.profiles SET user_id = :'alice';
PREPARE backdate AS UPDATE identity.profiles SET updated_at = '2001-01-01 00:00:00+00' WHERE user_id = :'alice';
PREPARE second_profile AS INSERT INTO identity.profiles (user_id) VALUES (:'alice');
PREPARE forget_me AS DELETE FROM identity.profiles WHERE user_id = :'alice';
PREPARE unseen_name AS UPDATE identity.profiles SET display_name = E'Ali\u200Bce' WHERE user_id = :'alice';

-- Alice
UPDATE identity.profiles SET updated_at = '2001-01-01 00:00:00+00' WHERE user_id = :'alice';
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'seen_profiles', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, NULL::text) $$,
    'Alice sees her profile and not Bob''s'
);
SELECT results_eq(
    'edit', $$ VALUES ('Alice', 'CH', 'Europe/Zurich', '{"dark": true}'::jsonb) $$, 'Alice says who she is'
);
SELECT is_empty('rename_bob', 'Alice renames Bob without an error and without effect');
SELECT lives_ok('rename_everybody', 'Alice renames all she can');
SELECT throws_ok('become_bob', '42501', NULL, 'Alice does not give her profile away');
SELECT throws_ok('backdate', '42501', NULL, 'Alice does not say when she changed it');
SELECT throws_ok('second_profile', '42501', NULL, 'Alice makes no profile');
SELECT throws_ok('forget_me', '42501', NULL, 'Alice removes none');
SELECT throws_ok('unseen_name', '23514', NULL, 'Alice is held to visible names');

-- Suspended, she only reads
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT throws_ok('edit', 'TR008', 'the user may not do this', 'Alice edits nothing when she is suspended');
SELECT isnt_empty('seen_profiles', 'and reads');
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'alice';
SET LOCAL ROLE authenticated;

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('seen_profiles', 'a request that speaks for nobody sees no profile');
SELECT lives_ok('rename_everybody', 'and renames all it can');
SET LOCAL ROLE anon;
SELECT throws_ok('seen_profiles', '42501', NULL, 'who has not signed in does not ask');
SELECT throws_ok('rename_everybody', '42501', NULL, 'nor renames');

RESET ROLE;
SELECT results_eq(
    $$ SELECT display_name FROM identity.profiles
       WHERE user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b')
       ORDER BY user_id $$,
    ARRAY['Everybody', 'Bob'], 'all that Alice could rename is herself, all that nobody could is nobody'
);
SELECT results_eq(
    $$ SELECT updated_at > '2001-01-01 00:00:00+00' FROM identity.profiles
       WHERE user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY[TRUE], 'the server says when it changed'
);

-- Services and staff, even those that speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_profiles', '42501', NULL, 'a service reads no profile');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('seen_profiles', 'support reads no profile until a customer is opened to them');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_profiles', '42501', NULL, 'an operator reads no profile');
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('seen_profiles', '42501', NULL, 'an auditor reads no profile');
SET LOCAL ROLE tradebase_reporter;
SELECT throws_ok('seen_profiles', '42501', NULL, 'an analyst reads no profile');

-- The kernel makes profiles, and empties one when a person is erased.
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('second_profile', '23505', NULL, 'the kernel makes profiles, one each');
SELECT throws_ok('become_bob', '42501', NULL, 'the kernel gives no profile to somebody else');
SELECT throws_ok('forget_me', '42501', NULL, 'the kernel removes no profile');

RESET ROLE;
-- Bob, with a right too many
GRANT UPDATE (user_id) ON identity.profiles TO authenticated;
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'seen_profiles', $$ VALUES ('bbbbbbbb-0000-4000-8000-00000000000b'::uuid, 'Bob') $$,
    'Bob sees his own as he left it'
);
SELECT throws_ok('become_alice', '42501', NULL, 'a grant by mistake would not let Bob give his profile away');

RESET ROLE;
SELECT finish();
ROLLBACK;
