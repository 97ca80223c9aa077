-- Revert tradebase:market/market_state from pg

BEGIN;

CALL ops.guard_revert('market/market_state');

DROP TABLE market.market_state;

COMMIT;
