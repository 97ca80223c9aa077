-- Deploy tradebase:events/consumers_access to pg
-- requires: events/consumers

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY consumers_kernel_all ON events.consumers FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT
SELECT, INSERT, DELETE,
UPDATE (incarnation, from_xid, upto_xid, last_id, high_id, delivered, failed_at, last_error, updated_at)
ON events.consumers TO tradebase_kernel;

COMMIT;
