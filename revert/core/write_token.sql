-- Revert tradebase:core/write_token from pg

BEGIN;

CALL ops.guard_revert('core/write_token');

DROP FUNCTION core.write_token();

COMMIT;
