-- Verify tradebase:monitoring/capacity on pg

BEGIN;

SELECT FROM monitoring.capacity WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.capacity'::regclass),
        'monitoring.capacity: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.capacity', 'SELECT'),
        'monitoring.capacity: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.capacity', 'SELECT'),
        'monitoring.capacity: clients may read it';
END
$$;

ROLLBACK;
