-- Revert tradebase:api/balances from pg

BEGIN;

CALL ops.guard_revert('api/balances');

DROP VIEW api.balances;

COMMIT;
