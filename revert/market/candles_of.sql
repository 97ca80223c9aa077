-- Revert tradebase:market/candles_of from pg

BEGIN;

CALL ops.guard_revert('market/candles_of');

DROP FUNCTION market.candles_of(integer, bigint, bigint, timestamptz, timestamptz);

COMMIT;
