-- identity.users: a customer is somebody of auth.users, a system account is nobody's, and each has a known status.

BEGIN;
SELECT plan(22);
\ir ../fixtures/alice_and_bob.psql
\set nobody cccccccc-0000-4000-8000-00000000000c

SELECT columns_are('identity', 'users', ARRAY[
    'id', 'kind', 'auth_user_id', 'status', 'stp_group', 'fee_tier', 'created_at', 'updated_at', 'erased_at'
]);
SELECT indexes_are('identity', 'users', ARRAY['users_pkey', 'users_auth_user_id_idx', 'users_stp_group_idx']);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'identity.users'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['auth_user_id', 'erased_at'],
    'nothing else may be unknown'
);

PREPARE customer_from_nowhere AS INSERT INTO identity.users (id, stp_group) VALUES (:'nobody', :'nobody');
PREPARE system_account AS
INSERT INTO identity.users (id, kind, stp_group) VALUES (:'nobody', 'system', :'nobody');
PREPARE account_turns_customer AS UPDATE identity.users SET kind = 'customer' WHERE id = :'nobody';
PREPARE alice_twice AS INSERT INTO identity.users (id, kind, stp_group) VALUES (:'alice', 'system', :'alice');
PREPARE no_group AS UPDATE identity.users SET stp_group = NULL WHERE id = :'alice';
PREPARE unknown_kind AS
INSERT INTO identity.users (id, kind, stp_group) VALUES (:'nobody', 'robot', :'nobody');
PREPARE unknown_status AS UPDATE identity.users SET status = 'asleep' WHERE id = :'alice';
PREPARE tier(text) AS UPDATE identity.users SET fee_tier = $1 WHERE id = :'alice';
PREPARE alice_signs_off AS DELETE FROM auth.users WHERE id = :'alice';

SELECT results_eq(
    $$ SELECT id, kind, auth_user_id, status, stp_group FROM identity.users
       WHERE kind = 'system' ORDER BY id $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000001'::uuid, 'system', NULL::uuid, 'active',
            '00000000-0000-7000-8000-000000000001'::uuid),
        ('00000000-0000-7000-8000-000000000002', 'system', NULL, 'active', '00000000-0000-7000-8000-000000000002'),
        ('00000000-0000-7000-8000-000000000003', 'system', NULL, 'active', '00000000-0000-7000-8000-000000000003') $$,
    'the three accounts of the platform are there, and nobody signs in as one'
);
SELECT results_eq(
    $$ SELECT id, kind, auth_user_id, status, stp_group, fee_tier FROM identity.users
       WHERE id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    $$ VALUES (
        'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'customer', 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid,
        'active', 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'standard'
    ) $$,
    'a customer is active, pays the standard fees, and is alone in their group'
);
SELECT throws_ok('customer_from_nowhere', '23503', NULL, 'a customer signs up in auth.users first');
SELECT lives_ok('system_account', 'a system account needs no sign-up');
SELECT throws_ok('account_turns_customer', '23503', NULL, 'a system account does not become a customer');
SELECT throws_ok('alice_twice', '23505', NULL, 'an id is one user''s');
SELECT throws_ok('unknown_kind', '23514', NULL, 'a kind outside the list is refused');
SELECT throws_ok('unknown_status', '23514', NULL, 'a status outside the list is refused');
SELECT throws_ok('no_group', '23502', NULL, 'everybody is in a group, be it alone');
SELECT throws_ok($$ EXECUTE tier('') $$, '23514', NULL, 'a fee tier has a name');
SELECT throws_ok($$ EXECUTE tier('Gold') $$, '23514', NULL, 'the name of a fee tier is lower case');
SELECT lives_ok($$ EXECUTE tier('market_maker_1') $$, 'a customer moves to another fee tier');
SELECT throws_ok(
    $$ UPDATE identity.users SET auth_user_id = id WHERE id = '00000000-0000-7000-8000-000000000001' $$, '428C9', NULL,
    'who signs in is decided by the kind alone'
);
-- PostgreSQL 18 gave ON DELETE RESTRICT a code of its own.
SELECT throws_ok(
    'alice_signs_off', CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN '23001' ELSE '23503' END,
    NULL,
    'a sign-up is not deleted from under its user'
);

UPDATE identity.users SET status = 'suspended', updated_at = '2001-01-01 00:00:00+00' WHERE id = :'alice';
SELECT results_eq(
    $$ SELECT status, updated_at > '2001-01-01 00:00:00+00' FROM identity.users
       WHERE id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    $$ VALUES ('suspended', TRUE) $$, 'the server says when a user changed'
);
SELECT lives_ok(
    $$ UPDATE identity.users SET status = 'restricted' WHERE id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    'a user may be restricted'
);
SELECT lives_ok(
    $$ UPDATE identity.users SET status = 'closed' WHERE id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$, 'or closed'
);
SELECT results_eq(
    $$ SELECT status FROM identity.users WHERE id = 'bbbbbbbb-0000-4000-8000-00000000000b' $$, ARRAY['active'],
    'what happens to Alice does not happen to Bob'
);

SELECT throws_ok(
    $$ UPDATE identity.users SET erased_at = '2031-03-05' WHERE id = 'bbbbbbbb-0000-4000-8000-00000000000b' $$, '23514',
    NULL, 'nobody is erased who has not left'
);

SELECT finish();
ROLLBACK;
