-- Verify tradebase:monitoring/freeze on pg

BEGIN;

SELECT FROM monitoring.freeze WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.freeze'::regclass),
        'monitoring.freeze: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.freeze', 'SELECT'),
        'monitoring.freeze: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.freeze', 'SELECT'),
        'monitoring.freeze: clients may read it';
END
$$;

ROLLBACK;
