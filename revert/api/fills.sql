-- Revert tradebase:api/fills from pg

BEGIN;

CALL ops.guard_revert('api/fills');

DROP FUNCTION api.markets(api.fills);
DROP VIEW api.fills;

COMMIT;
