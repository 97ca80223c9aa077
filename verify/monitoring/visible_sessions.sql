-- Verify tradebase:monitoring/visible_sessions on pg

BEGIN;

SELECT FROM monitoring.visible_sessions WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.visible_sessions'::regclass),
        'monitoring.visible_sessions: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.visible_sessions', 'SELECT'),
        'monitoring.visible_sessions: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.visible_sessions', 'SELECT'),
        'monitoring.visible_sessions: clients may read it';
END
$$;

ROLLBACK;
