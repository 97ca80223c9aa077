-- Deploy tradebase:events/undelivered_access to pg
-- requires: events/undelivered

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY undelivered_kernel_all ON events.undelivered FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, DELETE, UPDATE (attempts, next_at, error) ON events.undelivered TO tradebase_kernel;

COMMIT;
