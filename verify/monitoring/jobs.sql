-- Verify tradebase:monitoring/jobs on pg

BEGIN;

SELECT FROM monitoring.jobs WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.jobs'::regclass),
        'monitoring.jobs: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.jobs', 'SELECT'),
        'monitoring.jobs: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.jobs', 'SELECT'),
        'monitoring.jobs: clients may read it';
END
$$;

ROLLBACK;
