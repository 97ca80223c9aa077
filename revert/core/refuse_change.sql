-- Revert tradebase:core/refuse_change from pg

BEGIN;

CALL ops.guard_revert('core/refuse_change');

DROP FUNCTION core.refuse_change();

COMMIT;
