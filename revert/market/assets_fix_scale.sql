-- Revert tradebase:market/assets_fix_scale from pg

BEGIN;

CALL ops.guard_revert('market/assets_fix_scale');

DROP TRIGGER assets_fix_scale ON market.assets;
DROP FUNCTION market.assets_fix_scale();

COMMIT;
