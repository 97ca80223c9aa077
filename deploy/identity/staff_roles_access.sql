-- Deploy tradebase:identity/staff_roles_access to pg
-- requires: identity/staff_roles

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: a role
-- ends, and who had it when stays.
CREATE POLICY staff_roles_kernel_all ON identity.staff_roles FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (revoked_by, revoked_at) ON identity.staff_roles TO tradebase_kernel;

-- Operators and auditors see who is what. Nobody else, and nobody writes: who could give themself a role is everybody.
CREATE POLICY staff_roles_staff_select ON identity.staff_roles FOR SELECT TO tradebase_operator, tradebase_auditor
USING (TRUE);

GRANT SELECT ON identity.staff_roles TO tradebase_operator, tradebase_auditor;

COMMIT;
