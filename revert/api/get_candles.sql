-- Revert tradebase:api/get_candles from pg

BEGIN;

CALL ops.guard_revert('api/get_candles');

DROP FUNCTION api.get_candles(text, text, timestamptz, timestamptz);

COMMIT;
