-- Revert tradebase:identity/erase_user from pg

BEGIN;

CALL ops.guard_revert('identity/erase_user');

DROP FUNCTION identity.erase_user(uuid, text);

REVOKE UPDATE (destination) ON portfolio.transfers FROM tradebase_kernel;
REVOKE UPDATE (display_name, country, timezone, reporting_asset_id, preferences)
ON identity.profiles FROM tradebase_kernel;
REVOKE UPDATE (erased_at) ON identity.users FROM tradebase_kernel;

COMMIT;
