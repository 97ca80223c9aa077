-- Revert tradebase:trading/request_hash from pg

BEGIN;

CALL ops.guard_revert('trading/request_hash');

DROP FUNCTION trading.request_hash(integer, text, text, numeric, numeric, text, boolean, timestamptz, text);

COMMIT;
