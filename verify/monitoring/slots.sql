-- Verify tradebase:monitoring/slots on pg

BEGIN;

SELECT FROM monitoring.slots WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.slots'::regclass),
        'monitoring.slots: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.slots', 'SELECT'),
        'monitoring.slots: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.slots', 'SELECT'),
        'monitoring.slots: clients may read it';
END
$$;

ROLLBACK;
