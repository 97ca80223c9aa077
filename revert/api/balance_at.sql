-- Revert tradebase:api/balance_at from pg

BEGIN;

CALL ops.guard_revert('api/balance_at');

DROP FUNCTION api.balance_at(text, timestamptz);

COMMIT;
