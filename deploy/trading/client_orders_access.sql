-- Deploy tradebase:trading/client_orders_access to pg
-- requires: trading/client_orders

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone.
CREATE POLICY client_orders_kernel_all ON trading.client_orders FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

-- A name is kept. Taken back is only a claim, zeros for what is not known yet: see trading.amend_order_for().
CREATE POLICY client_orders_kernel_delete ON trading.client_orders AS RESTRICTIVE FOR DELETE TO tradebase_kernel
USING (request_hash = '\x0000000000000000000000000000000000000000000000000000000000000000');

GRANT SELECT, INSERT, DELETE ON trading.client_orders TO tradebase_kernel;

-- Nobody else: a user finds the name on the order itself. No grant to clients, staff or services.

COMMIT;
