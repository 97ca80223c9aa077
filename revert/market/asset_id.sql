-- Revert tradebase:market/asset_id from pg

BEGIN;

CALL ops.guard_revert('market/asset_id');

DROP FUNCTION market.asset_id(text);

COMMIT;
