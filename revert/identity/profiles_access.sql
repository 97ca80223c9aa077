-- Revert tradebase:identity/profiles_access from pg

BEGIN;

CALL ops.guard_revert('identity/profiles_access');

REVOKE SELECT ON identity.profiles FROM tradebase_support;
REVOKE SELECT, UPDATE ON identity.profiles FROM authenticated;
REVOKE SELECT, INSERT ON identity.profiles FROM tradebase_kernel;

DROP POLICY profiles_support_select ON identity.profiles;
DROP POLICY profiles_owner_update ON identity.profiles;
DROP POLICY profiles_owner_select ON identity.profiles;
DROP POLICY profiles_kernel_all ON identity.profiles;

COMMIT;
