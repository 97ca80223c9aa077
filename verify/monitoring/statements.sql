-- Verify tradebase:monitoring/statements on pg

BEGIN;

SELECT FROM monitoring.statements WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.statements'::regclass),
        'monitoring.statements: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.statements', 'SELECT'),
        'monitoring.statements: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.statements', 'SELECT'),
        'monitoring.statements: clients may read it';
END
$$;

ROLLBACK;
