-- Revert tradebase:api/balances from pg

BEGIN;

CALL ops.guard_revert('api/balances');

DROP FUNCTION api.assets(api.balances);
DROP VIEW api.balances;

COMMIT;
