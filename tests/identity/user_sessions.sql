-- identity.user_sessions: hashes of a fixed length, networks instead of addresses, and times in their order.

BEGIN;
SELECT plan(19);
\ir ../fixtures/alice_and_bob.psql

SELECT columns_are('identity', 'user_sessions', ARRAY[
    'id', 'user_id', 'token_hash', 'ip_network', 'device_hash', 'created_at', 'last_seen_at', 'expires_at',
    'revoked_at'
]);
SELECT col_is_pk('identity', 'user_sessions', 'id', 'a session is known by its id');
SELECT indexes_are(
    'identity', 'user_sessions', ARRAY['user_sessions_pkey', 'user_sessions_user_id_created_at_idx'],
    'last_seen_at stands in no index, so that a touch is a HOT update'
);

PREPARE a_session(uuid, uuid, bytea, cidr, bytea) AS
INSERT INTO identity.user_sessions (id, user_id, token_hash, ip_network, device_hash, created_at, last_seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, '2026-01-01', '2026-01-01', '2026-01-02');
PREPARE times(timestamptz, timestamptz, timestamptz) AS
INSERT INTO identity.user_sessions (id, user_id, created_at, last_seen_at, expires_at, revoked_at)
VALUES (gen_random_uuid(), :'alice', '2026-01-01', $1, $2, $3);

SELECT lives_ok(
    format(
        'EXECUTE a_session(%L, %L, sha256(%L), %L, sha256(%L))', '5e551011-0000-4000-8000-00000000000a', :'alice',
        'token', '192.0.2.0/24', 'device'
    ),
    'hashes and a network are taken'
);
SELECT lives_ok(
    format('EXECUTE a_session(gen_random_uuid(), %L, NULL, %L, NULL)', :'alice', '2001:db8:1::/48'),
    'neither hash is needed, and a network may be of IPv6'
);
SELECT throws_ok(
    format('EXECUTE a_session(%s)', replace(wrong.row, 'ALICE', quote_literal(:'alice'))), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ '5e551011-0000-4000-8000-00000000000a', ALICE, NULL, NULL, NULL $$, '23505', 'an id stands once'),
    ($$ NULL, ALICE, NULL, NULL, NULL $$, '23502', 'a session has an id'),
    ($$ gen_random_uuid(), NULL, NULL, NULL, NULL $$, '23502', 'and a user'),
    ($$ gen_random_uuid(), gen_random_uuid(), NULL, NULL, NULL $$, '23503', 'of ours'),
    ($$ gen_random_uuid(), ALICE, 'a token of its own', NULL, NULL $$, '23514', 'a token does not fit where a hash belongs'),
    ($$ gen_random_uuid(), ALICE, '', NULL, NULL $$, '23514', 'nor does nothing'),
    ($$ gen_random_uuid(), ALICE, NULL, '192.0.2.7/32', NULL $$, '23514', 'one machine is no network'),
    ($$ gen_random_uuid(), ALICE, NULL, '2001:db8:1:2::/64', NULL $$, '23514', 'nor is one household'),
    ($$ gen_random_uuid(), ALICE, NULL, NULL, 'Firefox on Linux' $$, '23514', 'a device is hashed')
) AS wrong (row, state, description);

SELECT throws_ok($$ EXECUTE times('2025-12-31', '2026-01-02', NULL) $$, '23514', NULL, 'nobody is seen before they came');
SELECT throws_ok($$ EXECUTE times('2026-01-01', '2026-01-01', NULL) $$, '23514', NULL, 'it lasts');
SELECT throws_ok($$ EXECUTE times('2026-01-01', '2026-01-02', '2025-12-31') $$, '23514', NULL, 'it is ended after it began');
SELECT lives_ok($$ EXECUTE times('2026-01-01', '2026-01-02', '2026-01-01') $$, 'at once, if need be');
SELECT throws_ok(
    format('DELETE FROM identity.users WHERE id = %L', :'alice'), '23503', NULL, 'who has sessions on record stays'
);

SELECT finish();
ROLLBACK;
