-- Deploy tradebase:identity/support_openings_access to pg
-- requires: core/current_user_id
-- requires: identity/support_openings

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: an
-- opening is closed and never lengthened, and of its reason only a person who is erased is taken out.
CREATE POLICY support_openings_kernel_all ON identity.support_openings FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (reason, closed_at) ON identity.support_openings TO tradebase_kernel;

-- Who looked sees what they opened, auditors see everybody's. Customers and everybody else see none.
CREATE POLICY support_openings_staff_select ON identity.support_openings FOR SELECT TO tradebase_support
USING (staff_user_id = (SELECT core.current_user_id()));

CREATE POLICY support_openings_auditor_select ON identity.support_openings FOR SELECT TO tradebase_auditor
USING (TRUE);

GRANT SELECT ON identity.support_openings TO tradebase_support, tradebase_auditor;

COMMIT;
