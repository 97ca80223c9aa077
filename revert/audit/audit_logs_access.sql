-- Revert tradebase:audit/audit_logs_access from pg

BEGIN;

CALL ops.guard_revert('audit/audit_logs_access');

REVOKE SELECT ON audit.audit_logs FROM tradebase_auditor;
REVOKE SELECT (
    id, created_at, actor_id, database_role, session_id, request_id, relation, operation, row_key, before, after
) ON audit.audit_logs FROM authenticated;
REVOKE SELECT, INSERT ON audit.audit_logs FROM tradebase_kernel;

DROP POLICY audit_logs_auditor_select ON audit.audit_logs;
DROP POLICY audit_logs_actor_select ON audit.audit_logs;
DROP POLICY audit_logs_kernel_all ON audit.audit_logs;

COMMIT;
