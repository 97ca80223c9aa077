-- identity.grant_staff_role(): an operator gives somebody else one role, in place of the one they had.

BEGIN;
SELECT plan(23);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'grant_staff_role', ARRAY['uuid', 'text', 'text', 'timestamp with time zone']);
SELECT is(
    pg_temp.who_may_execute('identity.grant_staff_role(uuid,text,text,timestamptz)'), ARRAY['tradebase_operator'],
    'for the operator'
);
PREPARE works(uuid, text, text, timestamptz) AS SELECT identity.grant_staff_role($1, $2, $3, $4);
PREPARE staff AS
SELECT r.user_id, r.role, r.revoked_at IS NULL FROM identity.staff_roles AS r
WHERE r.user_id IN (:'alice', :'bob', :'carol') ORDER BY r.id;

SET LOCAL ROLE anon;
SELECT throws_ok(format('EXECUTE works(%L, %L, %L, NULL)', :'bob', 'tradebase_auditor', 'x'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok(format('EXECUTE works(%L, %L, %L, NULL)', :'bob', 'tradebase_auditor', 'x'), '42501', NULL, 'not Bob himself');
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE works(%L, %L, %L, NULL)', :'bob', 'tradebase_auditor', 'x'), '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT throws_ok(format('EXECUTE works(%L, %L, %L, NULL)', :'carol', 'tradebase_operator', 'x'), '42501', NULL, 'nor Carol, to rise');

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE works(%L, %L, %L, NULL)', :'carol', 'tradebase_operator', 'x'), 'TR010', 'invalid user_id',
    'an operator makes themself nothing'
);
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(
    format('EXECUTE works(%L, %L, %L, NULL)', :'bob', wrong.role, 'x'), 'TR010', 'invalid role', wrong.description
)
FROM (VALUES
    ('tradebase_kernel', 'nobody is the kernel'), ('service_role', 'nor a service'), ('postgres', 'nor the administrator'),
    ('tradebase_nobody', 'nor what is not there'), (NULL, 'nor nothing')
) AS wrong (role, description);
SELECT throws_ok(
    format('EXECUTE works(%L, %L, %L, %L)', :'bob', 'tradebase_auditor', 'x', '2026-01-01'), 'TR010', 'invalid expires_at',
    'not until a time gone by'
);
SELECT throws_ok(
    format('EXECUTE works(%L, %L, NULL, NULL)', :'bob', 'tradebase_auditor'), 'TR010', 'invalid reason', 'for a reason'
);
SELECT throws_ok(
    $$ EXECUTE works(gen_random_uuid(), 'tradebase_auditor', 'x', NULL) $$, 'TR012', 'unknown user', 'somebody who is a user'
);
SELECT throws_ok(
    $$ EXECUTE works(NULL, 'tradebase_auditor', 'x', NULL) $$, 'TR010', 'invalid user_id', 'and somebody'
);
-- Carol keeps what she has when what she is to get is refused.
SELECT throws_ok(
    format('EXECUTE works(%L, %L, %L, NULL)', :'carol', 'tradebase_worker', 'x'), 'TR010', 'invalid role', 'no program'
);
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'bob';
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE works(%L, %L, %L, NULL)', :'bob', 'tradebase_auditor', 'x'), 'TR008', 'the user may have no role',
    'nobody who is suspended'
);
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'bob';
SELECT results_eq(
    'staff', $$ VALUES ('cccccccc-0000-4000-8000-00000000000c'::uuid, 'tradebase_support', TRUE) $$,
    'no refusal gave or took anything'
);

SET LOCAL ROLE tradebase_operator;
SELECT is(
    identity.grant_staff_role(:'bob', 'tradebase_reporter', 'He counts.', '2126-01-01 00:00:00+00') - 'expires_at',
    jsonb_build_object('user_id', :'bob', 'role', 'tradebase_reporter'), 'Bob counts, until then'
);
SELECT is(
    identity.grant_staff_role(:'carol', 'tradebase_auditor', 'She moves.') - 'user_id',
    '{"role": "tradebase_auditor", "expires_at": "infinity"}', 'Carol moves, until she is called back'
);
RESET ROLE;
SELECT results_eq(
    'staff',
    $$ VALUES
        ('cccccccc-0000-4000-8000-00000000000c'::uuid, 'tradebase_support', FALSE),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'tradebase_reporter', TRUE),
        ('cccccccc-0000-4000-8000-00000000000c', 'tradebase_auditor', TRUE) $$,
    'one role each, and what was is on record'
);
SELECT results_eq(
    $$ SELECT r.granted_by ->> 'database_role', r.granted_by ->> 'user_id' FROM identity.staff_roles AS r
       WHERE r.user_id = 'bbbbbbbb-0000-4000-8000-00000000000b' $$,
    $$ VALUES ('tradebase_operator', 'aaaaaaaa-0000-4000-8000-00000000000a') $$, 'with who gave it'
);

SELECT finish();
ROLLBACK;
