-- Revert tradebase:identity/support_openings_access from pg

BEGIN;

CALL ops.guard_revert('identity/support_openings_access');

REVOKE SELECT ON identity.support_openings FROM tradebase_support, tradebase_auditor;
REVOKE SELECT, INSERT, UPDATE (reason, closed_at) ON identity.support_openings FROM tradebase_kernel;

DROP POLICY support_openings_auditor_select ON identity.support_openings;
DROP POLICY support_openings_staff_select ON identity.support_openings;
DROP POLICY support_openings_kernel_all ON identity.support_openings;

COMMIT;
