-- Verify tradebase:identity/user_sessions on pg

BEGIN;

SELECT id, user_id, token_hash, ip_network, device_hash, created_at, last_seen_at, expires_at, revoked_at
FROM identity.user_sessions
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'identity.user_sessions'::regclass),
        'identity.user_sessions: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'identity.user_sessions'::regclass),
        'identity.user_sessions: an index is invalid';
END
$$;

ROLLBACK;
