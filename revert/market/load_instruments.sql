-- Revert tradebase:market/load_instruments from pg

BEGIN;

CALL ops.guard_revert('market/load_instruments');

DROP FUNCTION market.load_instruments();

COMMIT;
