-- Revert tradebase:identity/set_fee_tier from pg

BEGIN;

CALL ops.guard_revert('identity/set_fee_tier');

DROP FUNCTION identity.set_fee_tier(uuid, text);

REVOKE UPDATE (fee_tier) ON identity.users FROM tradebase_kernel;

COMMIT;
