-- Revert tradebase:api/transfer_for from pg

BEGIN;

CALL ops.guard_revert('api/transfer_for');

DROP FUNCTION api.transfer_for(uuid, uuid, text, numeric, text);

COMMIT;
