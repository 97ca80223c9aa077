-- Verify tradebase:monitoring/drills on pg

BEGIN;

SELECT FROM monitoring.drills WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.drills'::regclass),
        'monitoring.drills: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.drills', 'SELECT'),
        'monitoring.drills: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.drills', 'SELECT'),
        'monitoring.drills: clients may read it';
END
$$;

ROLLBACK;
