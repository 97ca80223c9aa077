-- Deploy tradebase:trading/trade_busts_access to pg
-- requires: trading/trade_busts

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append.
CREATE POLICY trade_busts_kernel_all ON trading.trade_busts FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON trading.trade_busts TO tradebase_kernel;

-- The tape is public, and so is that a trade of it no longer counts; why and by whom is not.
CREATE POLICY trade_busts_public_select ON trading.trade_busts FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT (trade_id, market_id, trade_seq, created_at) ON trading.trade_busts TO anon, authenticated;

-- Auditors and analysts see all of them, and operators what they did. Support, services and engines see none.
CREATE POLICY trade_busts_staff_select ON trading.trade_busts
FOR SELECT TO tradebase_operator, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON trading.trade_busts TO tradebase_operator, tradebase_auditor, tradebase_reporter;

COMMIT;
