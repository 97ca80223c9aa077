-- identity.user_sessions: a user sees where they are signed in, auditors see when, nobody sees a hash.

BEGIN;
SELECT plan(22);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT policies_are('identity', 'user_sessions', ARRAY[
    'user_sessions_kernel_all', 'user_sessions_owner_select', 'user_sessions_auditor_select'
]);
SELECT is(
    pg_temp.grants_on('identity.user_sessions'),
    ARRAY[
        'authenticated: SELECT (created_at, expires_at, id, ip_network, last_seen_at, revoked_at, user_id)',
        'tradebase_auditor: SELECT (created_at, expires_at, id, ip_network, last_seen_at, revoked_at, user_id)',
        'tradebase_kernel: INSERT, SELECT, UPDATE (device_hash, ip_network, last_seen_at, revoked_at, token_hash)'
    ],
    'the grants are these and no others'
);

INSERT INTO identity.user_sessions (id, user_id, token_hash, created_at, last_seen_at, expires_at) VALUES
('5e551011-0000-4000-8000-00000000000a', :'alice', sha256('t1'), '2026-01-01', '2026-01-01', '2026-01-02'),
('5e551011-0000-4000-8000-00000000000b', :'bob', sha256('t2'), '2026-01-01', '2026-01-01', '2026-01-02');

PREPARE seen AS
SELECT s.user_id FROM identity.user_sessions AS s WHERE s.created_at = '2026-01-01' ORDER BY s.user_id;
PREPARE hashes AS SELECT s.token_hash FROM identity.user_sessions AS s;
PREPARE devices AS SELECT s.device_hash FROM identity.user_sessions AS s;
PREPARE come_back AS UPDATE identity.user_sessions SET revoked_at = NULL;
PREPARE stay AS UPDATE identity.user_sessions SET expires_at = 'infinity';
PREPARE move AS UPDATE identity.user_sessions SET user_id = :'bob';
PREPARE start AS
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES (gen_random_uuid(), :'alice', 'infinity');
PREPARE forget AS DELETE FROM identity.user_sessions;

SET LOCAL ROLE authenticated;
SELECT is_empty('seen', 'who is not signed in sees none');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('seen', ARRAY[:'alice'::uuid], 'Alice sees hers and not Bob''s');
SELECT throws_ok('hashes', '42501', NULL, 'no hash of her own token');
SELECT throws_ok('devices', '42501', NULL, 'nor of her device');
SELECT throws_ok('start', '42501', NULL, 'she starts none past the service');
SELECT throws_ok('come_back', '42501', NULL, 'revives none');
SELECT throws_ok('stay', '42501', NULL, 'lengthens none');
SELECT throws_ok('forget', '42501', NULL, 'and removes none');

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nobody off the street sees a session');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'nor does a service');
SELECT throws_ok('start', '42501', NULL, 'which starts them by a function');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'nor support');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', ARRAY[:'alice', :'bob']::uuid[], 'an auditor sees who was signed in');
SELECT throws_ok('hashes', '42501', NULL, 'but no hash');
SELECT throws_ok('come_back', '42501', NULL, 'and changes nothing');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', ARRAY[:'alice', :'bob']::uuid[], 'the kernel sees them');
SELECT throws_ok('stay', '42501', NULL, 'lengthens none');
SELECT throws_ok('move', '42501', NULL, 'gives none to somebody else');
SELECT throws_ok('forget', '42501', NULL, 'and removes none');

RESET ROLE;
SELECT finish();
ROLLBACK;
