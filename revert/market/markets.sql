-- Revert tradebase:market/markets from pg

BEGIN;

CALL ops.guard_revert('market/markets');

DROP INDEX market.assets_valuation_market_id_idx;
ALTER TABLE market.assets DROP CONSTRAINT assets_valuation_market_id_fkey;

DROP TABLE market.markets;
DROP FUNCTION market.markets_exact();
DROP FUNCTION market.markets_audit();

COMMIT;
