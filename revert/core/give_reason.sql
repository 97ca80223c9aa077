-- Revert tradebase:core/give_reason from pg

BEGIN;

CALL ops.guard_revert('core/give_reason');

DROP FUNCTION core.give_reason(text);

COMMIT;
