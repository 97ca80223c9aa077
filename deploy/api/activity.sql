-- Deploy tradebase:api/activity to pg
-- requires: audit/audit_logs_access

BEGIN;

CALL ops.guard_deploy();

-- Whose they are the policy says, once: said here again, the planner would sort all that somebody has.
CREATE VIEW api.activity WITH (security_invoker = TRUE) AS
SELECT l.created_at, l.session_id, l.request_id, l.relation, l.operation, l.row_key, l.before, l.after
FROM audit.audit_logs AS l;

COMMENT ON VIEW api.activity IS
'What I changed: profile, sessions, transfers, amended orders, each with the session that it came from. What a column '
'of mine held that is personal is not kept.';

GRANT SELECT ON api.activity TO authenticated;

COMMIT;
