-- Deploy tradebase:trading/ack_order to pg
-- requires: trading/lock_market
-- requires: trading/orders_access
-- requires: trading/tell_orders

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.ack_order(order_id uuid)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    o trading.orders%ROWTYPE;
BEGIN
    SELECT * INTO o
    FROM trading.orders AS t
    WHERE t.id = ack_order.order_id AND t.closed_at >= core.uuid7_time(ack_order.order_id);
    IF NOT found THEN
        RAISE EXCEPTION 'unknown order' USING ERRCODE = 'TR201', DETAIL = jsonb_build_object('order_id', order_id);
    END IF;
    PERFORM trading.lock_market(o.market_id);
    UPDATE partitions.orders_open AS t
    SET
        status = 'open', on_book = t.time_in_force NOT IN ('ioc', 'fok'), updated_at = clock_timestamp(), version = t.version + 1
    WHERE t.id = ack_order.order_id AND t.status = 'pending'
    RETURNING * INTO o;
    IF NOT found THEN
        RETURN FALSE;
    END IF;
    PERFORM trading.tell_orders(ARRAY[o], ARRAY[CASE WHEN o.on_book THEN o.quantity::numeric END]);
    RETURN TRUE;
END
$$;

COMMENT ON FUNCTION trading.ack_order(uuid) IS
'The engine has an order in its book: pending becomes open. Returns whether it was pending; an order that is open, '
'traded or closed stays as it is, so that an acknowledgement may come late or twice. TR201 unknown order.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.ack_order(uuid) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.ack_order(uuid) TO tradebase_engine, service_role;

COMMIT;
