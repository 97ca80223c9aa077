-- Verify tradebase:monitoring/pools on pg

BEGIN;

SELECT FROM monitoring.pools WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.pools'::regclass),
        'monitoring.pools: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.pools', 'SELECT'),
        'monitoring.pools: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.pools', 'SELECT'),
        'monitoring.pools: clients may read it';
END
$$;

ROLLBACK;
