-- Verify tradebase:monitoring/connections on pg

BEGIN;

SELECT FROM monitoring.connections WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.connections'::regclass),
        'monitoring.connections: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.connections', 'SELECT'),
        'monitoring.connections: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.connections', 'SELECT'),
        'monitoring.connections: clients may read it';
END
$$;

ROLLBACK;
