-- Deploy tradebase:trading/close_order to pg
-- requires: audit/record_orders
-- requires: trading/settle_trades

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.close_order(order_id uuid, status text, reason text, seq bigint)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    symbol text;
    told   jsonb;
BEGIN
    SELECT m.symbol INTO symbol
    FROM trading.orders AS o
    JOIN market.markets AS m ON m.id = o.market_id
    WHERE o.id = close_order.order_id AND o.closed_at >= core.uuid7_time(close_order.order_id);
    IF NOT found THEN
        RAISE EXCEPTION 'unknown order' USING ERRCODE = 'TR201', DETAIL = jsonb_build_object('order_id', order_id);
    END IF;
    told := trading.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', symbol, 'first_seq', seq,
        'events', jsonb_build_array(jsonb_build_object('order_id', order_id, 'status', status, 'reason', reason))
    ))) -> 0;
    IF (told ->> 'applied')::integer > 0 THEN
        PERFORM audit.record_orders(
            'CLOSE', ARRAY[order_id], NULL, jsonb_build_object('status', status, 'close_reason', reason)
        );
    END IF;
    RETURN told;
END
$$;

COMMENT ON FUNCTION trading.close_order(uuid, text, text, bigint) IS
'The engine ends one order without a trade, as event seq of its market: trading.settle_trades() with a single close, '
'exactly once like every other event. TR201 unknown order, and what settle_trades() refuses.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.close_order(uuid, text, text, bigint) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.close_order(uuid, text, text, bigint) TO tradebase_engine, service_role;

COMMIT;
