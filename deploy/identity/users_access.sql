-- Deploy tradebase:identity/users_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY users_kernel_all ON identity.users FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON identity.users TO tradebase_kernel;

-- A user sees their own row and changes nothing in it: status, group and tier are the platform's to set.
CREATE POLICY users_owner_select ON identity.users FOR SELECT TO authenticated
USING (id = (SELECT core.current_user_id()));

GRANT SELECT (id, status, fee_tier, created_at) ON identity.users TO authenticated;

-- Operators, auditors and analysts see who there is; none of it names a person. Anon and services read no user.
CREATE POLICY users_staff_select ON identity.users
FOR SELECT TO tradebase_operator, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON identity.users TO tradebase_operator, tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY users_support_select ON identity.users FOR SELECT TO tradebase_support
USING (id = (SELECT identity.opened_user_id()));

GRANT SELECT (id, status, fee_tier, created_at) ON identity.users TO tradebase_support;

COMMIT;
