-- Revert tradebase:market/candle_step from pg

BEGIN;

CALL ops.guard_revert('market/candle_step');

DROP FUNCTION market.candle_step(text, timestamptz, timestamptz);

COMMIT;
