-- Deploy tradebase:market/markets_access to pg
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY markets_kernel_all ON market.markets FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT ON market.markets TO tradebase_kernel;

-- Everybody reads what can be traded.
CREATE POLICY markets_public_select ON market.markets FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT ON market.markets TO anon, authenticated;

-- Staff read it too. Nobody writes a market here: instruments are loaded by the owner, and a status is changed by
-- market.set_market_status() alone.
CREATE POLICY markets_staff_select ON market.markets
FOR SELECT TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON market.markets TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
