-- Deploy tradebase:trading/orders_access to pg
-- requires: core/current_user_id
-- requires: identity/opened_user_id
-- requires: trading/orders

BEGIN;

CALL ops.guard_deploy();

-- The kernel's definer functions see every row; what they may do is decided by their grants alone. It inserts through
-- the table, so that an order lands in its leaf, and changes or removes only what is open. It never updates closed_at:
-- a row that moves between leaves fires no trigger with rows.
CREATE POLICY orders_kernel_all ON trading.orders FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT SELECT, INSERT ON trading.orders TO tradebase_kernel;
GRANT USAGE ON SEQUENCE trading.command_seq TO tradebase_kernel;

-- The open book is the one leaf that is addressed by name, by the kernel alone.
CREATE POLICY orders_open_kernel_all ON partitions.orders_open FOR ALL TO tradebase_kernel
USING (TRUE)
WITH CHECK (TRUE);

GRANT USAGE ON SCHEMA partitions TO tradebase_kernel;
GRANT SELECT, DELETE, UPDATE (
    status, quantity, filled_quantity, filled_quote, fee_total, hold, on_book, cancel_requested_at, replaces_order_id,
    updated_at, version
) ON partitions.orders_open TO tradebase_kernel;

-- A user sees their own orders. Nobody writes one past the functions.
CREATE POLICY orders_owner_select ON trading.orders FOR SELECT TO authenticated
USING (user_id = (SELECT core.current_user_id()));

GRANT SELECT ON trading.orders TO authenticated;

-- Auditors and analysts see all of them. The engine has its feed; operators, services and anon none at all.
CREATE POLICY orders_staff_select ON trading.orders FOR SELECT TO tradebase_auditor, tradebase_reporter
USING (TRUE);

GRANT SELECT ON trading.orders TO tradebase_auditor, tradebase_reporter;

-- Support sees those of the one customer whom they have open.
CREATE POLICY orders_support_select ON trading.orders FOR SELECT TO tradebase_support
USING (user_id = (SELECT identity.opened_user_id()));

GRANT SELECT ON trading.orders TO tradebase_support;

COMMIT;
