-- Revert tradebase:api/settle_trades from pg

BEGIN;

CALL ops.guard_revert('api/settle_trades');

DROP FUNCTION api.settle_trades(jsonb);

COMMIT;
