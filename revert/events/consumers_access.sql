-- Revert tradebase:events/consumers_access from pg

BEGIN;

CALL ops.guard_revert('events/consumers_access');

REVOKE
SELECT, INSERT, DELETE,
UPDATE (incarnation, from_xid, upto_xid, last_id, high_id, delivered, failed_at, last_error, updated_at)
ON events.consumers FROM tradebase_kernel;

DROP POLICY consumers_kernel_all ON events.consumers;

COMMIT;
