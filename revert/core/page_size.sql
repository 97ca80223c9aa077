-- Revert tradebase:core/page_size from pg

BEGIN;

CALL ops.guard_revert('core/page_size');

DROP FUNCTION core.page_size(integer);

COMMIT;
