-- Verify tradebase:system/config_history on pg

BEGIN;

SELECT key, version, value, reason, changed_by, changed_at
FROM system.config_history
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'system.config_history'::regclass),
        'system.config_history: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'system.config_history'::regclass),
        'system.config_history: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = 'system.system_config'::regclass AND tgname = 'system_config_history' AND tgenabled = 'O'
    ),
        'system.system_config: trigger system_config_history is missing or disabled';
    ASSERT (
        SELECT count(*) = 2 FROM pg_trigger
        WHERE tgrelid = 'system.config_history'::regclass AND tgfoid = 'core.refuse_change'::regproc AND tgenabled = 'A'
    ),
        'system.config_history: an append-only trigger is missing or not ENABLE ALWAYS';
END
$$;

ROLLBACK;
