-- Revert tradebase:market/rebuild_candles from pg

BEGIN;

CALL ops.guard_revert('market/rebuild_candles');

DROP FUNCTION market.rebuild_candles(text, timestamptz, timestamptz);

COMMIT;
