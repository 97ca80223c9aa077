-- Deploy tradebase:market/market_state_access to pg
-- requires: market/market_state

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY market_state_kernel_all ON market.market_state FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT
SELECT, INSERT, UPDATE (last_engine_seq, last_trade_seq, last_price, last_trade_at, mark_price, mark_at, updated_at)
ON market.market_state TO tradebase_kernel;

-- The last price is public; how far the engine is settled is the engine's and the operators' to know.
CREATE POLICY market_state_public_select ON market.market_state FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT (market_id, last_trade_seq, last_price, last_trade_at, mark_price, mark_at, updated_at)
ON market.market_state TO anon, authenticated;

CREATE POLICY market_state_staff_select ON market.market_state
FOR SELECT TO tradebase_engine, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON market.market_state
TO tradebase_engine, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
