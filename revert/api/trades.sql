-- Revert tradebase:api/trades from pg

BEGIN;

CALL ops.guard_revert('api/trades');

DROP VIEW api.trades;

COMMIT;
