-- Revert tradebase:identity/staff_roles_access from pg

BEGIN;

CALL ops.guard_revert('identity/staff_roles_access');

REVOKE SELECT ON identity.staff_roles FROM tradebase_operator, tradebase_auditor;
REVOKE SELECT, INSERT, UPDATE (revoked_by, revoked_at) ON identity.staff_roles FROM tradebase_kernel;

DROP POLICY staff_roles_staff_select ON identity.staff_roles;
DROP POLICY staff_roles_kernel_all ON identity.staff_roles;

COMMIT;
