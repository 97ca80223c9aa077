-- Deploy tradebase:trading/client_orders_access to pg
-- requires: trading/client_orders

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY client_orders_kernel_all ON trading.client_orders FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON trading.client_orders TO tradebase_kernel;

-- Nobody else: a user finds the name on the order itself. No grant to clients, staff or services.

COMMIT;
