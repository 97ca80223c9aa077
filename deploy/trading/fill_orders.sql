-- Deploy tradebase:trading/fill_orders to pg
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.fill_orders(
    order_ids uuid[], traded numeric[], costs numeric[], fees numeric[], new_holds numeric[]
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    filled bigint;
BEGIN
    -- By = ANY and the place in the list: a join would depend on how full the book was when it was analyzed.
    UPDATE partitions.orders_open AS o
    SET
        (filled_quantity, filled_quote, fee_total, hold) = (
            SELECT o.filled_quantity + traded[i.n], o.filled_quote + costs[i.n], o.fee_total + fees[i.n], new_holds[i.n]
            FROM array_position(fill_orders.order_ids, o.id) AS i (n)
        ),
        status = 'partially_filled', on_book = TRUE, updated_at = clock_timestamp(), version = o.version + 1
    WHERE o.id = ANY (fill_orders.order_ids);
    GET DIAGNOSTICS filled = ROW_COUNT;
    IF filled <> cardinality(order_ids) THEN
        RAISE EXCEPTION 'an order is not open any more'
            USING ERRCODE = 'TR303', DETAIL = jsonb_build_object('orders', cardinality(order_ids), 'open', filled);
    END IF;
END
$$;

COMMENT ON FUNCTION trading.fill_orders(uuid[], numeric[], numeric[], numeric[], numeric[]) IS
'Writes fills to orders that stay open: order i traded traded[i] more for costs[i] and fees[i], and holds new_holds[i] '
'now. The caller holds the market''s lock and has moved the money. What ends with a fill goes by '
'trading.close_orders(). TR303 when one of them is not open: money would have moved for nothing.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.fill_orders(uuid[], numeric[], numeric[], numeric[], numeric[]) TO tradebase_kernel;

COMMIT;
