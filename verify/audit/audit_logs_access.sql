-- Verify tradebase:audit/audit_logs_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['audit_logs_kernel_all', 'audit_logs_actor_select', 'audit_logs_auditor_select']) AS want
    WHERE NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'audit.audit_logs'::regclass AND polname = want);
    ASSERT missing IS NULL, format('audit.audit_logs: missing policy %s', missing);
    ASSERT has_table_privilege('tradebase_kernel', 'audit.audit_logs', 'INSERT'),
        'audit.audit_logs: tradebase_kernel lacks INSERT';
    ASSERT has_table_privilege('tradebase_auditor', 'audit.audit_logs', 'SELECT'),
        'audit.audit_logs: tradebase_auditor lacks SELECT';
    ASSERT NOT has_any_column_privilege('tradebase_kernel', 'audit.audit_logs', 'UPDATE'),
        'audit.audit_logs: tradebase_kernel has UPDATE';
    ASSERT NOT has_table_privilege('tradebase_kernel', 'audit.audit_logs', 'DELETE, TRUNCATE'),
        'audit.audit_logs: tradebase_kernel has one of DELETE, TRUNCATE';
    ASSERT NOT has_any_column_privilege('authenticated', 'audit.audit_logs', 'INSERT, UPDATE'),
        'audit.audit_logs: authenticated has one of INSERT, UPDATE';
    ASSERT NOT has_column_privilege('authenticated', 'audit.audit_logs', 'reason', 'SELECT'),
        'audit.audit_logs: authenticated reads reasons';
    ASSERT NOT has_any_column_privilege('tradebase_operator', 'audit.audit_logs', 'SELECT, INSERT, UPDATE'),
        'audit.audit_logs: tradebase_operator has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('service_role', 'audit.audit_logs', 'SELECT, INSERT, UPDATE'),
        'audit.audit_logs: service_role has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_any_column_privilege('anon', 'audit.audit_logs', 'SELECT, INSERT, UPDATE'),
        'audit.audit_logs: anon has one of SELECT, INSERT, UPDATE';
    ASSERT NOT has_schema_privilege('authenticated', 'audit', 'USAGE'), 'schema audit: authenticated may use it';
END
$$;

ROLLBACK;
