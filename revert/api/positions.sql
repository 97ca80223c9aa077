-- Revert tradebase:api/positions from pg

BEGIN;

CALL ops.guard_revert('api/positions');

DROP FUNCTION api.markets(api.positions);
DROP VIEW api.positions;

COMMIT;
