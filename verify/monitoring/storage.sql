-- Verify tradebase:monitoring/storage on pg

BEGIN;

SELECT FROM monitoring.storage WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.storage'::regclass),
        'monitoring.storage: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.storage', 'SELECT'),
        'monitoring.storage: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.storage', 'SELECT'),
        'monitoring.storage: clients may read it';
END
$$;

ROLLBACK;
