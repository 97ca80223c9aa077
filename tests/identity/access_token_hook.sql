-- identity.access_token_hook(): a token has the staff role that there is and no other, and only while its session lives.

BEGIN;
SELECT plan(37);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'access_token_hook', ARRAY['jsonb']);
SELECT function_owner_is('identity', 'access_token_hook', ARRAY['jsonb'], 'tradebase_kernel');
SELECT is_empty(
    $$ SELECT who FROM unnest(pg_temp.who_may_execute('identity.access_token_hook(jsonb)')) AS who
       WHERE who NOT IN ('service_role', 'supabase_auth_admin') $$, 'for who makes tokens, and for nobody else'
);
PREPARE hook(jsonb) AS SELECT identity.access_token_hook($1);
PREPARE sessions AS
SELECT s.id FROM identity.user_sessions AS s WHERE s.user_id IN (:'alice', :'bob') ORDER BY s.id;
-- What Supabase's auth service sends, with more in it than we know.
CREATE FUNCTION pg_temp.event(user_id text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('user_id', user_id, 'authentication_method', 'password', 'claims', jsonb_build_object(
    'iss', 'https://t1.example/auth/v1', 'aud', 'authenticated', 'exp', 4102444800, 'iat', 4102441200,
    'sub', user_id, 'role', 'authenticated', 'aal', 'aal1', 'email', 'somebody@t1.example', 'is_anonymous', FALSE
) || more);
GRANT EXECUTE ON FUNCTION pg_temp.event(text, jsonb) TO PUBLIC;

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE hook('{}') $$, '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE hook('{}') $$, '42501', NULL, 'no user');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE hook('{}') $$, '42501', NULL, 'nor an operator');

-- Another shape
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE hook(%L)', wrong.event), 'TR010', 'invalid event', wrong.description)
FROM (VALUES
    (NULL, 'nothing is no event'), ('[]', 'nor is a list'), ('{}', 'nor an empty one'), ('"event"', 'nor a word'),
    (pg_temp.event(:'alice') - 'claims', 'it has claims'),
    (jsonb_set(pg_temp.event(:'alice'), '{claims}', '[]'), 'that are an object'),
    (pg_temp.event(:'alice') - 'user_id', 'and a user'),
    (pg_temp.event('alice'), 'whose id is one'),
    (pg_temp.event(:'alice', jsonb_build_object('sub', :'bob')), 'and the claims'''),
    (pg_temp.event(:'alice', '{"exp": "tomorrow"}'), 'they end at a number'),
    (pg_temp.event(:'alice', '{"session_id": "mine"}'), 'their session has an id')
) AS wrong (event, description);
RESET ROLE;
SELECT is_empty('sessions', 'none of them left a session');

-- A user
SET LOCAL ROLE service_role;
SELECT is(
    identity.access_token_hook(pg_temp.event(:'alice', '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')),
    jsonb_build_object('claims', pg_temp.event(
        :'alice', '{"session_id": "5e551011-0000-4000-8000-00000000000a"}'
    ) -> 'claims'), 'a customer''s claims stay as they are'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT s.user_id, s.token_hash, s.expires_at = s.created_at + INTERVAL '30 days' FROM identity.user_sessions AS s
       WHERE s.id = '5e551011-0000-4000-8000-00000000000a' $$,
    $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, NULL::bytea, TRUE) $$, 'their session is on record, without a token'
);
SELECT s.ctid AS place FROM identity.user_sessions AS s WHERE s.user_id = :'alice' \gset
SET LOCAL ROLE service_role;
SELECT lives_ok(
    format('EXECUTE hook(%L)', pg_temp.event(:'alice', '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')),
    'the next token of it'
);
RESET ROLE;
SELECT is(
    (SELECT s.ctid FROM identity.user_sessions AS s WHERE s.user_id = :'alice'), :'place'::tid, 'writes nothing so soon'
);
UPDATE identity.user_sessions SET created_at = '2026-01-01', last_seen_at = '2026-01-01' WHERE user_id = :'alice';
SET LOCAL ROLE service_role;
SELECT lives_ok(
    format('EXECUTE hook(%L)', pg_temp.event(:'alice', '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')),
    'and later'
);
RESET ROLE;
SELECT ok(
    (SELECT s.last_seen_at > '2026-01-02' FROM identity.user_sessions AS s WHERE s.user_id = :'alice'), 'that it was seen'
);
SET LOCAL ROLE service_role;
SELECT is(
    identity.access_token_hook(pg_temp.event(:'bob', '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')),
    '{"error": {"http_code": 403, "message": "the session is over"}}', 'in Alice''s session Bob gets no token'
);
SELECT is(
    identity.access_token_hook(pg_temp.event(:'bob', jsonb_build_object('role', r.role))) #>> '{claims,role}',
    'authenticated', format('who brings %s along is a user like any other', r.role)
)
FROM (VALUES ('service_role'), ('postgres'), ('tradebase_operator')) AS r (role);
SELECT is(
    identity.access_token_hook(pg_temp.event('dddddddd-0000-4000-8000-00000000000d', jsonb_build_object('session_id', gen_random_uuid()))) #>> '{claims,role}',
    'authenticated', 'whose rows are not here yet signs in all the same'
);
RESET ROLE;
SELECT results_eq('sessions', ARRAY['5e551011-0000-4000-8000-00000000000a'::uuid], 'and leaves no session');

-- Over
UPDATE identity.user_sessions SET revoked_at = now() WHERE user_id = :'alice';
SET LOCAL ROLE service_role;
SELECT is(
    identity.access_token_hook(pg_temp.event(:'alice', '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')),
    '{"error": {"http_code": 403, "message": "the session is over"}}', 'a session that was revoked gets no other token'
);
RESET ROLE;
UPDATE identity.users SET status = 'closed' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT is(
    identity.access_token_hook(pg_temp.event(:'alice')),
    '{"error": {"http_code": 403, "message": "the account is closed"}}', 'nor does a closed account'
);
SELECT is(
    identity.access_token_hook(pg_temp.event('00000000-0000-7000-8000-000000000001')) -> 'claims', NULL,
    'nor does whoever has the id of an account of the platform'
);

-- Staff
SELECT is(
    identity.access_token_hook(pg_temp.event(:'carol')),
    jsonb_build_object('claims', pg_temp.event(:'carol', '{"role": "tradebase_support"}') -> 'claims'),
    'Carol''s token says support, and nothing else is changed'
);
SELECT is(
    identity.access_token_hook(pg_temp.event(:'carol', '{"is_anonymous": true}')) #>> '{claims,role}', 'authenticated',
    'who has not said who they are is nobody''s support'
);
RESET ROLE;
UPDATE identity.staff_roles SET expires_at = '2099-12-31 12:00:00.5+00' WHERE user_id = :'carol';
SET LOCAL ROLE service_role;
SELECT is(
    identity.access_token_hook(pg_temp.event(:'carol')) #> '{claims,exp}', '4102401600', 'and ends when the role does'
);
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'carol';
SET LOCAL ROLE service_role;
SELECT is(
    identity.access_token_hook(pg_temp.event(:'carol')) #>> '{claims,role}', 'authenticated',
    'suspended, she may sign in and read as a customer'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
