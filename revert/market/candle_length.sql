-- Revert tradebase:market/candle_length from pg

BEGIN;

CALL ops.guard_revert('market/candle_length');

DROP FUNCTION market.candle_length(text);

COMMIT;
