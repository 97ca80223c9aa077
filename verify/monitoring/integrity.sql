-- Verify tradebase:monitoring/integrity on pg

BEGIN;

SELECT FROM monitoring.integrity WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.integrity'::regclass),
        'monitoring.integrity: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.integrity', 'SELECT'),
        'monitoring.integrity: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.integrity', 'SELECT'),
        'monitoring.integrity: clients may read it';
END
$$;

ROLLBACK;
