-- Verify tradebase:system/feature_flags on pg

BEGIN;

SELECT key, description, is_enabled, rollout_pct, is_for_staff, is_public, allowed_user_ids,
    denied_user_ids, updated_at
FROM system.feature_flags
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'system.feature_flags'::regclass),
        'system.feature_flags: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'system.feature_flags'::regclass),
        'system.feature_flags: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'system.feature_flags'::regclass AND tgname = 'feature_flags_touch' AND tgenabled = 'O'
    ),
        'system.feature_flags: trigger feature_flags_touch is missing or disabled';
END
$$;

ROLLBACK;
