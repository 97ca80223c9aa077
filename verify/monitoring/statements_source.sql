-- Verify tradebase:monitoring/statements_source on pg

BEGIN;

SELECT FROM monitoring.statements_source WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'monitoring.statements_source'::regclass),
        'monitoring.statements_source: does not run with its caller''s rights';
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.statements_source', 'SELECT'),
        'monitoring.statements_source: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.statements_source', 'SELECT'),
        'monitoring.statements_source: clients may read it';
END
$$;

ROLLBACK;
