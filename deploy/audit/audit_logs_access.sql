-- Deploy tradebase:audit/audit_logs_access to pg
-- requires: audit/audit_logs
-- requires: core/current_user_id

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append, and
-- not even our own code can change or remove a record.
CREATE POLICY audit_logs_kernel_all ON audit.audit_logs FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON audit.audit_logs TO tradebase_kernel;

-- A user sees what they did themself, as a user: neither what staff did to their rows, nor, when they are staff, what
-- they did to others'. They reach it through api alone, having no USAGE on schema audit.
CREATE POLICY audit_logs_actor_select ON audit.audit_logs FOR SELECT TO authenticated
USING (actor_id = (SELECT core.current_user_id()) AND database_role = 'authenticated');

GRANT SELECT (
    id, created_at, actor_id, database_role, session_id, request_id, relation, operation, row_key, before, after
) ON audit.audit_logs TO authenticated;

-- Auditors read all. Nobody else reads any: no operator, who would read about themself, no support, service or anon.
CREATE POLICY audit_logs_auditor_select ON audit.audit_logs FOR SELECT TO tradebase_auditor
USING (TRUE);

GRANT SELECT ON audit.audit_logs TO tradebase_auditor;

COMMIT;
