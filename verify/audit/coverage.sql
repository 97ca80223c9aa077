-- Verify tradebase:audit/coverage on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'audit.coverage'::regclass),
        'audit.coverage: runs with its owner''s rights';
    ASSERT has_table_privilege('tradebase_auditor', 'audit.coverage', 'SELECT'),
        'audit.coverage: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('authenticated', 'audit.coverage', 'SELECT, INSERT, UPDATE'),
        'audit.coverage: authenticated has one of SELECT, INSERT, UPDATE';
END
$$;

ROLLBACK;
