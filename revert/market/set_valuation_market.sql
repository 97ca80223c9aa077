-- Revert tradebase:market/set_valuation_market from pg

BEGIN;

CALL ops.guard_revert('market/set_valuation_market');

REVOKE UPDATE (valuation_market_id) ON market.assets FROM tradebase_kernel;
DROP FUNCTION market.set_valuation_market(text, text);

COMMIT;
