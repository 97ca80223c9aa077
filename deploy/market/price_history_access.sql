-- Deploy tradebase:market/price_history_access to pg
-- requires: market/price_history

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone. Nobody holds
-- UPDATE on the key: a row that moves between leaves fires no trigger with rows.
CREATE POLICY price_history_kernel_all ON market.price_history FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT
SELECT, INSERT, UPDATE (high, low, close, base_volume, quote_volume, trade_count, last_seq, closed)
ON market.price_history TO tradebase_kernel;

-- Prices are public.
CREATE POLICY price_history_public_select ON market.price_history FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT ON market.price_history TO anon, authenticated;

-- Staff read them too. Nobody writes a candle here: they are rolled from trades, and bars are loaded by the owner.
CREATE POLICY price_history_staff_select ON market.price_history
FOR SELECT TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON market.price_history TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
