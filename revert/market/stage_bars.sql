-- Revert tradebase:market/stage_bars from pg

BEGIN;

CALL ops.guard_revert('market/stage_bars');

DROP FUNCTION market.stage_bars();

COMMIT;
