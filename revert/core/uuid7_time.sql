-- Revert tradebase:core/uuid7_time from pg

BEGIN;

CALL ops.guard_revert('core/uuid7_time');

DROP FUNCTION core.uuid7_time(uuid);

COMMIT;
