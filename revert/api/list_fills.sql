-- Revert tradebase:api/list_fills from pg

BEGIN;

CALL ops.guard_revert('api/list_fills');

DROP FUNCTION api.list_fills(text, timestamptz, uuid, integer);

COMMIT;
