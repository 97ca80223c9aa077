-- Revert tradebase:market/asset_prices from pg

BEGIN;

CALL ops.guard_revert('market/asset_prices');

DROP FUNCTION market.asset_prices(integer);

COMMIT;
