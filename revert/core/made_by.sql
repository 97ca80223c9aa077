-- Revert tradebase:core/made_by from pg

BEGIN;

CALL ops.guard_revert('core/made_by');

DROP FUNCTION core.made_by();

COMMIT;
