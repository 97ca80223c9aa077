-- Deploy tradebase:trading/trades_access to pg
-- requires: trading/trades

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone: they append.
CREATE POLICY trades_kernel_all ON trading.trades FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON trading.trades TO tradebase_kernel;

-- The tape is public; the orders behind a trade are not: their ids tell when they came, and link one fill to the next.
CREATE POLICY trades_public_select ON trading.trades FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT (id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side)
ON trading.trades TO anon, authenticated;

-- Auditors and analysts see all of it; support, operators and services what everybody sees or less.
CREATE POLICY trades_staff_select ON trading.trades FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON trading.trades TO tradebase_auditor, tradebase_reporter;

COMMIT;
