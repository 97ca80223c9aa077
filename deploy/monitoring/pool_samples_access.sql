-- Deploy tradebase:monitoring/pool_samples_access to pg
-- requires: monitoring/pool_samples

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: what is old goes.
CREATE POLICY pool_samples_kernel_all ON monitoring.pool_samples FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, DELETE ON monitoring.pool_samples TO tradebase_kernel;

-- Those who watch read it. It is written by monitoring.record_pools() alone.
CREATE POLICY pool_samples_monitor_select ON monitoring.pool_samples FOR SELECT TO tradebase_monitor
USING (TRUE);

GRANT SELECT ON monitoring.pool_samples TO tradebase_monitor;

COMMIT;
