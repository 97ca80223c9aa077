-- Deploy tradebase:market/assets_access to pg
-- requires: market/assets

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY assets_kernel_all ON market.assets FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT ON market.assets TO tradebase_kernel;

-- Everybody reads what there is to trade.
CREATE POLICY assets_public_select ON market.assets FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT ON market.assets TO anon, authenticated;

-- Staff read it too. Nobody writes an asset here: instruments are loaded by the owner.
CREATE POLICY assets_staff_select ON market.assets
FOR SELECT TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON market.assets TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
