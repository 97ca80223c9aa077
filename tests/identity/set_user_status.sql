-- identity.set_user_status(): an operator restricts, suspends and closes; suspending and closing end every session.

BEGIN;
SELECT plan(25);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'set_user_status', ARRAY['uuid', 'text', 'text']);
SELECT is(
    pg_temp.who_may_execute('identity.set_user_status(uuid,text,text)'), ARRAY['tradebase_operator'], 'for the operator'
);
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
(gen_random_uuid(), :'alice', 'infinity'), (gen_random_uuid(), :'bob', 'infinity');
PREPARE status(uuid, text, text) AS SELECT identity.set_user_status($1, $2, $3);
PREPARE now_is AS
SELECT u.status, (
    SELECT count(*) FROM identity.user_sessions AS s WHERE s.user_id = u.id AND s.revoked_at IS NULL
) FROM identity.users AS u WHERE u.id IN (:'alice', :'bob') ORDER BY u.id;

SET LOCAL ROLE anon;
SELECT throws_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'closed', 'x'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'closed', 'x'), '42501', NULL, 'not Alice herself');
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'closed', 'x'), '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'closed', 'x'), '42501', NULL, 'nor support');

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE status(%L, %L, %L)', :'alice', 'asleep', 'x'), 'TR010', 'invalid status', 'no such status'
);
SELECT throws_ok(format('EXECUTE status(%L, NULL, %L)', :'alice', 'x'), 'TR010', 'invalid status', 'nor none');
SELECT throws_ok(
    format('EXECUTE status(%L, %L, NULL)', :'alice', 'closed'), 'TR010', 'invalid reason', 'nor without a reason'
);
SELECT throws_ok(
    $$ EXECUTE status(gen_random_uuid(), 'closed', 'x') $$, 'TR012', 'unknown user', 'nobody is not closed'
);
SELECT throws_ok($$ EXECUTE status(NULL, 'closed', 'x') $$, 'TR012', 'unknown user', 'nor NULL');
SELECT throws_ok(
    $$ EXECUTE status('00000000-0000-7000-8000-000000000001', 'closed', 'x') $$, 'TR012', 'unknown user',
    'nor is the platform'
);
RESET ROLE;
SELECT results_eq('now_is', $$ VALUES ('active', 1::bigint), ('active', 1) $$, 'no refusal changed anything');

SET LOCAL ROLE tradebase_operator;
SELECT is(
    identity.set_user_status(:'alice', 'restricted', 'A margin call.'),
    jsonb_build_object('user_id', :'alice', 'status', 'restricted'), 'Alice is restricted'
);
RESET ROLE;
SELECT results_eq('now_is', $$ VALUES ('restricted', 1::bigint), ('active', 1) $$, 'and stays signed in');
SET LOCAL ROLE tradebase_operator;
SELECT lives_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'suspended', 'A court.'), 'she is suspended');
RESET ROLE;
SELECT results_eq('now_is', $$ VALUES ('suspended', 0::bigint), ('active', 1) $$, 'and out, and Bob is not');
SELECT is(current_setting('tradebase.reason'), 'A court.', 'the reason is where records find it');
SET LOCAL ROLE tradebase_operator;
SELECT lives_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'active', 'Mended.'), 'she is active again');
SELECT lives_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'closed', 'She asked.'), 'she leaves');
SELECT lives_ok(format('EXECUTE status(%L, %L, %L)', :'alice', 'closed', 'She asked.'), 'twice is once');
SELECT throws_ok(
    format('EXECUTE status(%L, %L, %L)', :'alice', back.status, 'x'), 'TR503', 'the account is closed',
    'closed is for good: not ' || back.status
)
FROM (VALUES ('active'), ('restricted'), ('suspended')) AS back (status);
RESET ROLE;
SELECT results_eq('now_is', $$ VALUES ('closed', 0::bigint), ('active', 1) $$, 'closed she is');

SELECT finish();
ROLLBACK;
