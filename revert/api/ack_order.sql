-- Revert tradebase:api/ack_order from pg

BEGIN;

CALL ops.guard_revert('api/ack_order');

DROP FUNCTION api.ack_order(uuid);

COMMIT;
