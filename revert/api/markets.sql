-- Revert tradebase:api/markets from pg

BEGIN;

CALL ops.guard_revert('api/markets');

DROP FUNCTION api.quote(api.markets);
DROP FUNCTION api.base(api.markets);
DROP VIEW api.markets;

COMMIT;
