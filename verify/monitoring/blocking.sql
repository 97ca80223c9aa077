-- Verify tradebase:monitoring/blocking on pg

BEGIN;

SELECT FROM monitoring.blocking WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.blocking'::regclass),
        'monitoring.blocking: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.blocking', 'SELECT'),
        'monitoring.blocking: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.blocking', 'SELECT'),
        'monitoring.blocking: clients may read it';
END
$$;

ROLLBACK;
