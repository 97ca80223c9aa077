-- Revert tradebase:market/market_id from pg

BEGIN;

CALL ops.guard_revert('market/market_id');

DROP FUNCTION market.market_id(text);

COMMIT;
