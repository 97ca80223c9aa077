-- Revert tradebase:trading/engine_feed from pg

BEGIN;

CALL ops.guard_revert('trading/engine_feed');

DROP FUNCTION trading.engine_feed(text, bigint, integer);

COMMIT;
