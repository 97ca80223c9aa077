-- Revert tradebase:market/fee_schedules_access from pg

BEGIN;

CALL ops.guard_revert('market/fee_schedules_access');

REVOKE SELECT ON market.fee_schedules FROM tradebase_support, tradebase_auditor, tradebase_reporter;
REVOKE SELECT, INSERT, DELETE, UPDATE ON market.fee_schedules FROM tradebase_operator;
REVOKE SELECT ON market.fee_schedules FROM anon, authenticated;
REVOKE SELECT ON market.fee_schedules FROM tradebase_kernel;

DROP POLICY fee_schedules_staff_select ON market.fee_schedules;
DROP POLICY fee_schedules_operator_all ON market.fee_schedules;
DROP POLICY fee_schedules_public_select ON market.fee_schedules;
DROP POLICY fee_schedules_kernel_all ON market.fee_schedules;

COMMIT;
