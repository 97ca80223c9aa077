-- Revert tradebase:market/candle_state from pg

BEGIN;

CALL ops.guard_revert('market/candle_state');

DROP TABLE market.candle_state;

COMMIT;
