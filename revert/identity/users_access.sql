-- Revert tradebase:identity/users_access from pg

BEGIN;

CALL ops.guard_revert('identity/users_access');

REVOKE SELECT (id, status, fee_tier, created_at) ON identity.users FROM tradebase_support;
REVOKE SELECT ON identity.users FROM tradebase_operator, tradebase_auditor, tradebase_reporter;
REVOKE SELECT ON identity.users FROM authenticated;
REVOKE SELECT, INSERT ON identity.users FROM tradebase_kernel;

DROP POLICY users_support_select ON identity.users;
DROP POLICY users_staff_select ON identity.users;
DROP POLICY users_owner_select ON identity.users;
DROP POLICY users_kernel_all ON identity.users;

COMMIT;
