-- Verify tradebase:monitoring/sessions on pg

BEGIN;

SELECT FROM monitoring.sessions WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.sessions'::regclass),
        'monitoring.sessions: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.sessions', 'SELECT'),
        'monitoring.sessions: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.sessions', 'SELECT'),
        'monitoring.sessions: clients may read it';
END
$$;

ROLLBACK;
