-- Revert tradebase:market/load_bars from pg

BEGIN;

CALL ops.guard_revert('market/load_bars');

DROP FUNCTION market.load_bars(interval);

COMMIT;
