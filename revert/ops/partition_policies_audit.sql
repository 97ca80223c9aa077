-- Revert tradebase:ops/partition_policies_audit from pg

BEGIN;

CALL ops.guard_revert('ops/partition_policies_audit');

DROP TRIGGER partition_policies_audit_truncate ON ops.partition_policies;
DROP TRIGGER partition_policies_audit_delete ON ops.partition_policies;
DROP TRIGGER partition_policies_audit_update ON ops.partition_policies;
DROP TRIGGER partition_policies_audit_insert ON ops.partition_policies;
DROP FUNCTION ops.partition_policies_audit();

COMMIT;
