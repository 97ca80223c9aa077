-- identity.touch_session(): a token is checked against its session, and seeing it is written once a minute.

BEGIN;
SELECT plan(19);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('identity', 'touch_session', ARRAY['uuid', 'text']);
SELECT function_owner_is('identity', 'touch_session', ARRAY['uuid', 'text'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('identity.touch_session(uuid,text)'), ARRAY['service_role'], 'for a service');
SELECT ok(
    (SELECT p.proconfig @> ARRAY['plan_cache_mode=force_generic_plan'] FROM pg_proc AS p WHERE p.oid = 'identity.touch_session(uuid,text)'::regprocedure),
    'it is planned once, whatever the login says of plans'
);
\set session 5e551011-0000-4000-8000-00000000000a
INSERT INTO identity.user_sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at)
VALUES (:'session', :'alice', sha256('canary-of-alice-123456'), '2026-01-01', '2026-01-01', 'infinity');

PREPARE touch(text) AS SELECT identity.touch_session(:'session', $1);
PREPARE seen AS
SELECT s.last_seen_at > '2026-01-02' FROM identity.user_sessions AS s WHERE s.id = :'session';
PREPARE version AS SELECT s.ctid, s.xmin::text FROM identity.user_sessions AS s WHERE s.id = :'session';

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE touch('canary-of-alice-123456') $$, '42501', NULL, 'no user touches one');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE touch('canary-of-bob-12345678') $$, 'TR501', 'the session is over', 'another token is none');
SELECT throws_ok('EXECUTE touch(NULL)', 'TR501', 'the session is over', 'nor is nothing');
SELECT throws_ok(
    format('EXECUTE touch(%L)', encode(sha256('canary-of-alice-123456'), 'hex')), 'TR501', 'the session is over',
    'a hash that was stolen is no token'
);
SELECT throws_ok(
    format('EXECUTE touch(%L)', sha256('canary-of-alice-123456')::text), 'TR501', 'the session is over', 'in any form'
);
SELECT throws_ok(
    $$ SELECT identity.touch_session(gen_random_uuid(), 'canary-of-alice-123456') $$, 'TR501', 'the session is over',
    'a token without its session is none'
);
RESET ROLE;
SELECT results_eq('seen', ARRAY[FALSE], 'nobody was seen');
SET LOCAL ROLE service_role;
SELECT is(
    identity.touch_session(:'session', 'canary-of-alice-123456'),
    jsonb_build_object('session_id', :'session', 'user_id', :'alice', 'expires_at', 'infinity'), 'Alice is back'
);
RESET ROLE;
SELECT results_eq('seen', ARRAY[TRUE], 'and was seen');
SELECT s.ctid AS place FROM identity.user_sessions AS s WHERE s.id = :'session' \gset
SET LOCAL ROLE service_role;
SELECT lives_ok($$ EXECUTE touch('canary-of-alice-123456') $$, 'again, at once');
RESET ROLE;
SELECT is(
    (SELECT s.ctid FROM identity.user_sessions AS s WHERE s.id = :'session'), :'place'::tid, 'writes nothing'
);
UPDATE identity.user_sessions SET revoked_at = now() WHERE id = :'session';
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE touch('canary-of-alice-123456') $$, 'TR501', 'the session is over', 'revoked is over');
RESET ROLE;
UPDATE identity.user_sessions SET revoked_at = NULL, expires_at = '2026-01-02' WHERE id = :'session';
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE touch('canary-of-alice-123456') $$, 'TR501', 'the session is over', 'expired is over');
RESET ROLE;
UPDATE identity.user_sessions SET expires_at = 'infinity', token_hash = NULL WHERE id = :'session';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE touch('canary-of-alice-123456') $$, 'TR501', 'the session is over', 'a session of Supabase has no token here'
);
RESET ROLE;
UPDATE identity.user_sessions SET token_hash = sha256('canary-of-alice-123456') WHERE id = :'session';
UPDATE identity.users SET status = 'closed' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE touch('canary-of-alice-123456') $$, 'TR501', 'the session is over', 'and a closed account is over');

RESET ROLE;
SELECT finish();
ROLLBACK;
