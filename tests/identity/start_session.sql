-- identity.start_session(): a session of who signed in, with a hash of their token, a network, and an end.

BEGIN;
SELECT plan(24);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('identity', 'start_session', ARRAY['uuid', 'text', 'inet', 'bytea']);
SELECT function_owner_is('identity', 'start_session', ARRAY['uuid', 'text', 'inet', 'bytea'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('identity.start_session(uuid,text,inet,bytea)'), ARRAY['service_role'], 'for a service'
);
PREPARE start(uuid, text, inet, bytea) AS SELECT identity.start_session($1, $2, $3, $4);
PREPARE kept AS
SELECT
    s.token_hash, s.ip_network::text, s.device_hash, s.expires_at = s.created_at + INTERVAL '7 days', s.revoked_at
FROM identity.user_sessions AS s WHERE s.user_id = :'alice';
UPDATE system.system_config SET value = '"7 days"' WHERE key = 'session_lifetime';

SET LOCAL ROLE anon;
SELECT throws_ok(
    format('EXECUTE start(%L, %L, NULL, NULL)', :'alice', 'canary-of-alice-123456'), '42501', NULL, 'nobody off the street'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(
    format('EXECUTE start(%L, %L, NULL, NULL)', :'alice', 'canary-of-alice-123456'), '42501', NULL, 'not Alice herself'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE start(%L, %L, NULL, NULL)', :'alice', 'canary-of-alice-123456'), '42501', NULL, 'nor an operator'
);

SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE start(%s)', wrong.args), wrong.state, wrong.message, wrong.description)
FROM (VALUES
    ($$ NULL, 'canary-of-alice-123456', NULL, NULL $$, 'TR010', 'invalid user_id', 'nobody signs in as nobody'),
    (
        $$ 'aaaaaaaa-0000-4000-8000-00000000000a', NULL, NULL, NULL $$, 'TR010', 'invalid token', 'or without a token'
    ),
    (
        $$ 'aaaaaaaa-0000-4000-8000-00000000000a', 'canary-of-alice-12345', NULL, NULL $$, 'TR010', 'invalid token',
        'a short one can be guessed'
    ),
    (
        $$ 'aaaaaaaa-0000-4000-8000-00000000000a', repeat('t', 513), NULL, NULL $$, 'TR010', 'invalid token',
        'a long one is none'
    ),
    (
        $$ 'aaaaaaaa-0000-4000-8000-00000000000a', 'canary-of-alice-123456', NULL, 'Firefox on Linux' $$, 'TR010',
        'invalid device_hash', 'a device is hashed before it comes here'
    ),
    (
        $$ 'dddddddd-0000-4000-8000-00000000000d', 'canary-of-alice-123456', NULL, NULL $$, 'TR012', 'unknown user',
        'a stranger has no session'
    ),
    (
        $$ '00000000-0000-7000-8000-000000000001', 'canary-of-alice-123456', NULL, NULL $$, 'TR012', 'unknown user',
        'nor has the platform'
    )
) AS wrong (args, state, message, description);
RESET ROLE;
SELECT unalike(
    pg_temp.detail_of(format('EXECUTE start(%L, %L, NULL, NULL)', :'alice', 'canary-of-alice-12345'))::text, '%canary%',
    'what is refused says nothing of a token'
);
UPDATE identity.users SET status = 'closed' WHERE id = :'bob';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('EXECUTE start(%L, %L, NULL, NULL)', :'bob', 'canary-of-bob-12345678'), 'TR008', 'the account is closed',
    'a closed account signs in no more'
);
RESET ROLE;
SELECT is_empty('kept', 'no refusal left a session');

SET LOCAL ROLE service_role;
SELECT identity.start_session(:'alice', 'canary-of-alice-123456', '192.0.2.77', sha256('device')) AS started \gset
SELECT ok(:'started'::jsonb ? 'session_id', 'the answer names the session');
SELECT is(:'started'::jsonb - 'session_id' - 'expires_at', '{}', 'and its end, and nothing else');
RESET ROLE;
SELECT results_eq(
    'kept', $$ VALUES (sha256('canary-of-alice-123456'), '192.0.2.0/24', sha256('device'), TRUE, NULL::timestamptz) $$,
    'of the token a hash is kept, of the address a network, for as long as the setting says'
);
SELECT unalike(
    (SELECT s::text FROM identity.user_sessions AS s WHERE s.user_id = :'alice'), '%canary%', 'the token is nowhere in it'
);
SELECT unalike(
    (SELECT s::text FROM identity.user_sessions AS s WHERE s.user_id = :'alice'), '%192.0.2.77%', 'nor is the address'
);
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
DELETE FROM identity.user_sessions WHERE user_id = :'alice';
SET LOCAL ROLE service_role;
SELECT lives_ok(
    format('EXECUTE start(%L, %L, %L, NULL)', :'alice', 'canary-of-alice-123456', '2001:db8:1:2:3::4'),
    'who is suspended signs in, and reads'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT s.ip_network::text FROM identity.user_sessions AS s WHERE s.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY['2001:db8:1::/48'], 'of an IPv6 address the first 48 bits'
);
DELETE FROM identity.user_sessions WHERE user_id = :'alice';
SET LOCAL ROLE service_role;
SELECT lives_ok(
    format('EXECUTE start(%L, %L, %L, NULL)', :'alice', 'canary-of-alice-123456', '10.0.0.0/8'), 'a network stays as wide'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
