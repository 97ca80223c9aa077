-- Revert tradebase:api/assets from pg

BEGIN;

CALL ops.guard_revert('api/assets');

DROP VIEW api.assets;

COMMIT;
