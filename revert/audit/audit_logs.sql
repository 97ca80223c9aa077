-- Revert tradebase:audit/audit_logs from pg

BEGIN;

CALL ops.guard_revert('audit/audit_logs');

DELETE FROM ops.partition_policies WHERE parent = 'audit.audit_logs'::regclass;
DROP TABLE audit.audit_logs;

COMMIT;
