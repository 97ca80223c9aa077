-- Verify tradebase:identity/users on pg

BEGIN;

SELECT id, kind, auth_user_id, status, stp_group, fee_tier, created_at, updated_at, erased_at
FROM identity.users
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'identity.users'::regclass),
        'identity.users: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'identity.users'::regclass),
        'identity.users: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'identity.users'::regclass AND tgname = 'users_touch' AND tgenabled = 'O'
    ),
        'identity.users: trigger users_touch is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = 'identity.users'::regclass AND confrelid = 'auth.users'::regclass AND convalidated
    ),
        'identity.users: a customer need not exist in auth.users';
END
$$;

ROLLBACK;
