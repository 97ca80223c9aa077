-- api.touch_session(): a service checks who is back.

BEGIN;
SELECT plan(6);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'touch_session', ARRAY['uuid', 'text']);
SELECT is(pg_temp.who_may_execute('api.touch_session(uuid,text)'), ARRAY['service_role'], 'for a service');
\set session 5e551011-0000-4000-8000-00000000000a
INSERT INTO identity.user_sessions (id, user_id, token_hash, expires_at)
VALUES (:'session', :'alice', sha256('canary-of-alice-123456'), 'infinity');

SET LOCAL ROLE anon;
SELECT throws_ok(format('SELECT api.touch_session(%L, %L)', :'session', 'x'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT throws_ok(format('SELECT api.touch_session(%L, %L)', :'session', 'x'), '42501', NULL, 'not for a user');
SET LOCAL ROLE service_role;
SELECT is(api.touch_session(:'session', 'canary-of-alice-123456') ->> 'user_id', :'alice', 'it is Alice');
SELECT throws_ok(
    format('SELECT api.touch_session(%L, %L)', :'session', encode(sha256('canary-of-alice-123456'), 'hex')), 'TR501',
    'the session is over', 'and nobody with a hash of hers'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
