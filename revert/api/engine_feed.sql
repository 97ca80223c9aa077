-- Revert tradebase:api/engine_feed from pg

BEGIN;

CALL ops.guard_revert('api/engine_feed');

DROP FUNCTION api.engine_feed(text, bigint, integer);

COMMIT;
