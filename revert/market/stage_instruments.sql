-- Revert tradebase:market/stage_instruments from pg

BEGIN;

CALL ops.guard_revert('market/stage_instruments');

DROP FUNCTION market.stage_instruments();

COMMIT;
