-- Deploy tradebase:monitoring/storage_samples_access to pg
-- requires: monitoring/storage_samples

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone. A day is sampled
-- again when somebody asks for it, and what is old goes.
CREATE POLICY storage_samples_kernel_all ON monitoring.storage_samples FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT
SELECT, INSERT, UPDATE (kind, of_table, bytes, row_estimate, expected_bytes), DELETE
ON monitoring.storage_samples TO tradebase_kernel;

-- Those who watch read it. It is written by monitoring.sample_storage() alone.
CREATE POLICY storage_samples_monitor_select ON monitoring.storage_samples FOR SELECT TO tradebase_monitor
USING (TRUE);

GRANT SELECT ON monitoring.storage_samples TO tradebase_monitor;

COMMIT;
