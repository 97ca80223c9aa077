-- Verify tradebase:identity/staff_roles on pg

BEGIN;

SELECT id, user_id, role, granted_by, granted_at, expires_at, revoked_by, revoked_at
FROM identity.staff_roles
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'identity.staff_roles'::regclass),
        'identity.staff_roles: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'identity.staff_roles'::regclass),
        'identity.staff_roles: an index is invalid';
END
$$;

ROLLBACK;
