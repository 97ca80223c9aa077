-- Revert tradebase:api/statement from pg

BEGIN;

CALL ops.guard_revert('api/statement');

DROP FUNCTION api.statement(text, bigint, integer);

COMMIT;
