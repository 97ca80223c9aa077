-- Verify tradebase:monitoring/bloat on pg

BEGIN;

SELECT FROM monitoring.bloat WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.bloat'::regclass),
        'monitoring.bloat: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.bloat', 'SELECT'),
        'monitoring.bloat: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.bloat', 'SELECT'),
        'monitoring.bloat: clients may read it';
END
$$;

ROLLBACK;
