-- Revert tradebase:trading/reduces_position from pg

BEGIN;

CALL ops.guard_revert('trading/reduces_position');

DROP FUNCTION trading.reduces_position(uuid, integer, text, numeric);

COMMIT;
