-- Revert tradebase:events/outbox_access from pg

BEGIN;

CALL ops.guard_revert('events/outbox_access');

REVOKE SELECT, INSERT ON events.outbox FROM tradebase_kernel;

DROP POLICY outbox_kernel_all ON events.outbox;

COMMIT;
