-- Deploy tradebase:market/candle_state_access to pg
-- requires: market/candle_state

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY candle_state_kernel_all ON market.candle_state FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT, UPDATE (last_seq, newest_at, updated_at) ON market.candle_state TO tradebase_kernel;

-- Staff see whether candles keep up. Clients see candles, not how they come about.
CREATE POLICY candle_state_staff_select ON market.candle_state
FOR SELECT TO tradebase_operator, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON market.candle_state TO tradebase_operator, tradebase_auditor, tradebase_reporter;

COMMIT;
