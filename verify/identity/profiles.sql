-- Verify tradebase:identity/profiles on pg

BEGIN;

SELECT user_id, display_name, country, timezone, reporting_asset_id, preferences, updated_at
FROM identity.profiles
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'identity.profiles'::regclass),
        'identity.profiles: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'identity.profiles'::regclass),
        'identity.profiles: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'identity.profiles'::regclass AND tgname = 'profiles_touch' AND tgenabled = 'O'
    ),
        'identity.profiles: trigger profiles_touch is missing or disabled';
END
$$;

ROLLBACK;
