-- Deploy tradebase:events/outbox_access to pg
-- requires: events/outbox

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone. Who carries events
-- on reads them by events.read(); nobody reads the table.
CREATE POLICY outbox_kernel_all ON events.outbox FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON events.outbox TO tradebase_kernel;

COMMIT;
