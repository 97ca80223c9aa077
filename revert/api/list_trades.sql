-- Revert tradebase:api/list_trades from pg

BEGIN;

CALL ops.guard_revert('api/list_trades');

DROP FUNCTION api.list_trades(text, bigint, integer);

COMMIT;
