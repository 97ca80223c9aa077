-- Revert tradebase:market/roll_candles from pg

BEGIN;

CALL ops.guard_revert('market/roll_candles');

DROP FUNCTION market.roll_candles(text, bigint, integer);

COMMIT;
