-- Revert tradebase:api/positions from pg

BEGIN;

CALL ops.guard_revert('api/positions');

DROP VIEW api.positions;

COMMIT;
