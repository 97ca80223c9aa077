-- Verify tradebase:monitoring/growth on pg

BEGIN;

SELECT FROM monitoring.growth WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.growth'::regclass),
        'monitoring.growth: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.growth', 'SELECT'),
        'monitoring.growth: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.growth', 'SELECT'),
        'monitoring.growth: clients may read it';
END
$$;

ROLLBACK;
