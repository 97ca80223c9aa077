-- Revert tradebase:market/assets from pg

BEGIN;

CALL ops.guard_revert('market/assets');

DROP TABLE market.assets;

COMMIT;
