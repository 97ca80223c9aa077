-- api.sessions: where I am signed in, and no hash of it.

BEGIN;
SELECT plan(9);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'sessions', ARRAY['id', 'ip_network', 'created_at', 'last_seen_at', 'expires_at', 'revoked_at']);
SELECT is(pg_temp.grants_on('api.sessions'), ARRAY['authenticated: SELECT'], 'for users');
INSERT INTO identity.user_sessions (id, user_id, ip_network, expires_at, revoked_at) VALUES
('5e551011-0000-4000-8000-00000000000a', :'alice', '192.0.2.0/24', 'infinity', NULL),
('5e551011-0000-4000-8000-0000000000aa', :'alice', NULL, 'infinity', now()),
('5e551011-0000-4000-8000-00000000000b', :'bob', '198.51.100.0/24', 'infinity', NULL);
PREPARE mine AS SELECT s.id, s.ip_network, s.revoked_at IS NULL FROM api.sessions AS s ORDER BY s.id;

SET LOCAL ROLE anon;
SELECT throws_ok('mine', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE service_role;
SELECT throws_ok('mine', '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('mine', '42501', NULL, 'nor support');
SET LOCAL ROLE authenticated;
SELECT is_empty('mine', 'nobody is signed in nowhere');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'mine',
    $$ VALUES
        ('5e551011-0000-4000-8000-00000000000a'::uuid, '192.0.2.0/24', TRUE),
        ('5e551011-0000-4000-8000-0000000000aa', NULL, FALSE) $$, 'Alice sees hers'
);
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'mine', $$ VALUES ('5e551011-0000-4000-8000-00000000000b'::uuid, '198.51.100.0/24', TRUE) $$, 'and Bob his'
);
SELECT throws_ok('UPDATE api.sessions SET revoked_at = NULL', '42501', NULL, 'which he does not revive');

RESET ROLE;
SELECT finish();
ROLLBACK;
