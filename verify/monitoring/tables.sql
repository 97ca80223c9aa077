-- Verify tradebase:monitoring/tables on pg

BEGIN;

SELECT FROM monitoring.tables WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.tables'::regclass),
        'monitoring.tables: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.tables', 'SELECT'),
        'monitoring.tables: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.tables', 'SELECT'),
        'monitoring.tables: clients may read it';
END
$$;

ROLLBACK;
