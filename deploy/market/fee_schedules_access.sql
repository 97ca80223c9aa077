-- Deploy tradebase:market/fee_schedules_access to pg
-- requires: market/fee_schedules

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY fee_schedules_kernel_all ON market.fee_schedules FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT ON market.fee_schedules TO tradebase_kernel;

-- Fees are public.
CREATE POLICY fee_schedules_public_select ON market.fee_schedules FOR SELECT TO anon, authenticated
USING (TRUE);

GRANT SELECT ON market.fee_schedules TO anon, authenticated;

-- Operators set them; an order keeps the rates it was placed with. Which tier and market a row is for never changes.
CREATE POLICY fee_schedules_operator_all ON market.fee_schedules FOR ALL TO tradebase_operator
USING (TRUE)
WITH CHECK (TRUE);

GRANT
    SELECT, DELETE,
    INSERT (fee_tier, market_id, maker_fee_rate, taker_fee_rate),
    UPDATE (maker_fee_rate, taker_fee_rate)
ON market.fee_schedules TO tradebase_operator;

CREATE POLICY fee_schedules_staff_select ON market.fee_schedules
FOR SELECT TO tradebase_support, tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON market.fee_schedules TO tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
