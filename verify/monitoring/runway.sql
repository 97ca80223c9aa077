-- Verify tradebase:monitoring/runway on pg

BEGIN;

SELECT FROM monitoring.runway WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.runway'::regclass),
        'monitoring.runway: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.runway', 'SELECT'),
        'monitoring.runway: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.runway', 'SELECT'),
        'monitoring.runway: clients may read it';
END
$$;

ROLLBACK;
