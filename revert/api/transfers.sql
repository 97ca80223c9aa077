-- Revert tradebase:api/transfers from pg

BEGIN;

CALL ops.guard_revert('api/transfers');

DROP FUNCTION api.assets(api.transfers);
DROP VIEW api.transfers;

COMMIT;
