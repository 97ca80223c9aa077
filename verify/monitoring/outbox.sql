-- Verify tradebase:monitoring/outbox on pg

BEGIN;

SELECT FROM monitoring.outbox WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.outbox'::regclass),
        'monitoring.outbox: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.outbox', 'SELECT'),
        'monitoring.outbox: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.outbox', 'SELECT'),
        'monitoring.outbox: clients may read it';
END
$$;

ROLLBACK;
