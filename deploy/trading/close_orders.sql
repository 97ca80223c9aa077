-- Deploy tradebase:trading/close_orders to pg
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.close_orders(
    order_ids uuid[], statuses text[], reasons text[], released numeric[],
    traded numeric[] DEFAULT NULL, costs numeric[] DEFAULT NULL, fees numeric[] DEFAULT NULL, seqs bigint[] DEFAULT NULL
)
RETURNS SETOF trading.orders
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    closed bigint;
    wrong  record;
BEGIN
    -- The one place where an order moves. A column that is not named here would be lost: tests/trading/close_orders.sql
    -- compares. A hold of which the caller has not disposed is left, and orders_hold_check refuses the row.
    RETURN QUERY
    WITH moved AS (
        -- By = ANY and the place in the list: a join would depend on how full the book was when it was analyzed.
        DELETE FROM partitions.orders_open AS o
        WHERE
            o.id = ANY (order_ids)
            AND statuses[array_position(order_ids, o.id)] IN ('filled', 'canceled', 'expired', 'rejected')
            AND trading.is_legal_order_transition(o.status, statuses[array_position(order_ids, o.id)])
        RETURNING o.*, array_position(order_ids, o.id) AS n
    )

    INSERT INTO trading.orders (
        id, closed_at, created_at, updated_at, seq, user_id, market_id, side, type, time_in_force, status, price,
        quantity, filled_quantity, filled_quote, fee_total, hold, hold_asset_id, maker_fee_rate, taker_fee_rate,
        post_only, stp, on_book, expires_at, client_order_id, cancel_requested_at, close_reason, close_seq,
        replaces_order_id, version
    )
    SELECT
        -- Never before it was made, also after a failover to a slower clock: what is looked up by its id starts there.
        m.id, greatest(now_at, m.created_at), m.created_at, now_at, m.seq, m.user_id, m.market_id, m.side, m.type, m.time_in_force,
        statuses[m.n], m.price, m.quantity, m.filled_quantity + coalesce(traded[m.n], 0),
        m.filled_quote + coalesce(costs[m.n], 0), m.fee_total + coalesce(fees[m.n], 0), m.hold - released[m.n],
        m.hold_asset_id, m.maker_fee_rate, m.taker_fee_rate, m.post_only, m.stp, FALSE, m.expires_at, m.client_order_id,
        m.cancel_requested_at, reasons[m.n], seqs[m.n], m.replaces_order_id, m.version + 1
    FROM moved AS m
    RETURNING *;

    GET DIAGNOSTICS closed = ROW_COUNT;
    IF closed < cardinality(order_ids) THEN
        SELECT o.status, c.status AS to_status INTO wrong
        FROM unnest(order_ids, statuses) AS c (id, status)
        JOIN partitions.orders_open AS o ON o.id = c.id
        LIMIT 1;
        IF found THEN
            RAISE EXCEPTION 'an order cannot go from % to %', wrong.status, wrong.to_status
                USING ERRCODE = 'TR203', DETAIL = jsonb_build_object('from', wrong.status, 'to', wrong.to_status);
        END IF;
        RAISE EXCEPTION 'an order is not open any more'
            USING ERRCODE = 'TR303', DETAIL = jsonb_build_object('orders', cardinality(order_ids), 'open', closed);
    END IF;
END
$$;

COMMENT ON FUNCTION trading.close_orders(uuid[], text[], text[], numeric[], numeric[], numeric[], numeric[], bigint[]) IS
'Moves open orders out of the book and returns them: order i to statuses[i] for reasons[i], with its last fills '
'(traded[i] of quantity for costs[i] and fees[i]) and the engine''s seqs[i] for its end. The caller holds the '
'market''s lock and has released or spent released[i], all that the order held: a hold that is left refuses the move. '
'TR203 for a status an order cannot end in, TR303 when one of them is not open.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.close_orders(
    uuid[], text[], text[], numeric[], numeric[], numeric[], numeric[], bigint[]
) TO tradebase_kernel;

COMMIT;
