-- Verify tradebase:monitoring/archive on pg

BEGIN;

SELECT FROM monitoring.archive WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.archive'::regclass),
        'monitoring.archive: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.archive', 'SELECT'),
        'monitoring.archive: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.archive', 'SELECT'),
        'monitoring.archive: clients may read it';
END
$$;

ROLLBACK;
