-- Revert tradebase:market/assets from pg

BEGIN;

CALL ops.guard_revert('market/assets');

DROP TABLE market.assets;
DROP FUNCTION market.assets_fix_scale();
DROP FUNCTION market.assets_audit();

COMMIT;
