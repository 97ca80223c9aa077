-- identity.support_open(): support opens one customer for fifteen minutes, for a reason, and it is on record.

BEGIN;
SELECT plan(23);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'support_open', ARRAY['uuid', 'text']);
SELECT is(
    pg_temp.who_may_execute('identity.support_open(uuid,text)'), ARRAY['tradebase_support'], 'it is for support'
);
PREPARE open_up(uuid, text) AS SELECT identity.support_open($1, $2);
PREPARE record AS
SELECT o.staff_user_id, o.user_id, o.reason, o.expires_at - o.opened_at, o.closed_at IS NULL
FROM identity.support_openings AS o WHERE o.user_id IN (:'alice', :'bob', :'carol') ORDER BY o.id;

SET LOCAL ROLE anon;
SELECT throws_ok(format('EXECUTE open_up(%L, %L)', :'alice', 'x'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok(format('EXECUTE open_up(%L, %L)', :'alice', 'x'), '42501', NULL, 'not Bob');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(format('EXECUTE open_up(%L, %L)', :'alice', 'x'), '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok(
    format('EXECUTE open_up(%L, %L)', :'alice', 'x'), 'TR008', 'the user is not support', 'a token that says more than there is'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok(
    format('EXECUTE open_up(%L, %L)', :'alice', 'x'), 'TR008', 'the user is not support', 'a login that is no person'
);
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT throws_ok(format('EXECUTE open_up(%L, NULL)', :'alice'), 'TR010', 'invalid reason', 'there is a reason');
SELECT throws_ok(format('EXECUTE open_up(%L, %L)', :'alice', '  '), 'TR010', 'invalid reason', 'that says something');
SELECT throws_ok($$ EXECUTE open_up(gen_random_uuid(), 'x') $$, 'TR012', 'unknown user', 'nobody is not opened');
SELECT throws_ok($$ EXECUTE open_up(NULL, 'x') $$, 'TR012', 'unknown user', 'nor NULL');
SELECT throws_ok(
    $$ EXECUTE open_up('00000000-0000-7000-8000-000000000001', 'x') $$, 'TR012', 'unknown user', 'nor the platform'
);
SELECT throws_ok(format('EXECUTE open_up(%L, %L)', :'carol', 'x'), 'TR012', 'unknown user', 'nor oneself');
RESET ROLE;
SELECT is_empty('record', 'no refusal opened anybody');

SET LOCAL ROLE tradebase_support;
SELECT is(identity.support_open(:'alice', 'She called.') ->> 'user_id', :'alice', 'Alice is open');
SELECT is(identity.opened_user_id(), :'alice'::uuid, 'to who opened her');
SELECT is(identity.support_open(:'bob', 'He called.') ->> 'user_id', :'bob', 'then Bob is');
SELECT is(identity.opened_user_id(), :'bob'::uuid, 'and Alice is not');
SELECT is(identity.support_open(:'bob', 'He calls again.') ->> 'user_id', :'bob', 'twice is two');
RESET ROLE;
SELECT results_eq(
    'record',
    $$ VALUES
        ('cccccccc-0000-4000-8000-00000000000c'::uuid, 'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'She called.',
            INTERVAL '15 minutes', FALSE),
        ('cccccccc-0000-4000-8000-00000000000c', 'bbbbbbbb-0000-4000-8000-00000000000b', 'He called.',
            INTERVAL '15 minutes', FALSE),
        ('cccccccc-0000-4000-8000-00000000000c', 'bbbbbbbb-0000-4000-8000-00000000000b', 'He calls again.',
            INTERVAL '15 minutes', TRUE) $$,
    'every opening is on record, for fifteen minutes, the last one open'
);
UPDATE identity.staff_roles SET revoked_at = now(), revoked_by = '{}' WHERE user_id = :'carol';
SET LOCAL ROLE tradebase_support;
SELECT throws_ok(
    format('EXECUTE open_up(%L, %L)', :'alice', 'x'), 'TR008', 'the user is not support', 'who has lost the role opens nobody'
);
RESET ROLE;
UPDATE identity.staff_roles SET revoked_at = NULL, revoked_by = NULL WHERE user_id = :'carol';
UPDATE identity.user_sessions SET revoked_at = now() WHERE user_id = :'carol';
SET LOCAL ROLE tradebase_support;
SELECT throws_ok(
    format('EXECUTE open_up(%L, %L)', :'alice', 'x'), 'TR501', 'the session is over', 'nor who has been signed out'
);
RESET ROLE;
SELECT is((SELECT count(*) FROM identity.support_openings WHERE staff_user_id = :'carol'), 3::bigint, 'and none was added');

SELECT finish();
ROLLBACK;
