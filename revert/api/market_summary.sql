-- Revert tradebase:api/market_summary from pg

BEGIN;

CALL ops.guard_revert('api/market_summary');

DROP FUNCTION api.market_summary(text, integer);

COMMIT;
