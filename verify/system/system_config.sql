-- Verify tradebase:system/system_config on pg

BEGIN;

SELECT
    key, value, value_type, min_value, max_value, pattern, description, is_public, version, updated_by, updated_at
FROM system.system_config
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'system.system_config'::regclass),
        'system.system_config: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'system.system_config'::regclass),
        'system.system_config: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'system.system_config'::regclass AND tgname = 'system_config_stamp' AND tgenabled = 'O'
    ),
        'system.system_config: trigger system_config_stamp is missing or disabled';
END
$$;

ROLLBACK;
