-- Verify tradebase:monitoring/backups on pg

BEGIN;

SELECT FROM monitoring.backups WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.backups'::regclass),
        'monitoring.backups: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.backups', 'SELECT'),
        'monitoring.backups: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.backups', 'SELECT'),
        'monitoring.backups: clients may read it';
END
$$;

ROLLBACK;
