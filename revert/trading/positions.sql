-- Revert tradebase:trading/positions from pg

BEGIN;

CALL ops.guard_revert('trading/positions');

DROP TABLE trading.positions;

COMMIT;
