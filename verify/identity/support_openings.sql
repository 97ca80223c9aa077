-- Verify tradebase:identity/support_openings on pg

BEGIN;

SELECT id, staff_user_id, user_id, reason, opened_at, expires_at, closed_at
FROM identity.support_openings
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'identity.support_openings'::regclass),
        'identity.support_openings: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'identity.support_openings'::regclass),
        'identity.support_openings: an index is invalid';
END
$$;

ROLLBACK;
