-- Revert tradebase:events/undelivered_access from pg

BEGIN;

CALL ops.guard_revert('events/undelivered_access');

REVOKE SELECT, INSERT, DELETE, UPDATE (attempts, next_at, error) ON events.undelivered FROM tradebase_kernel;

DROP POLICY undelivered_kernel_all ON events.undelivered;

COMMIT;
