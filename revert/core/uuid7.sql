-- Revert tradebase:core/uuid7 from pg

BEGIN;

CALL ops.guard_revert('core/uuid7');

DROP FUNCTION core.uuid7();

COMMIT;
