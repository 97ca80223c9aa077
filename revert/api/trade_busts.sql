-- Revert tradebase:api/trade_busts from pg

BEGIN;

CALL ops.guard_revert('api/trade_busts');

DROP VIEW api.trade_busts;

COMMIT;
