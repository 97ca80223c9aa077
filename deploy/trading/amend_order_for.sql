-- Deploy tradebase:trading/amend_order_for to pg
-- requires: audit/record_orders
-- requires: core/is_client_key
-- requires: core/write_token
-- requires: trading/cancel_order_for
-- requires: trading/client_orders_access
-- requires: trading/place_order_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.amend_order_for(
    user_id uuid, order_id uuid, quantity numeric DEFAULT NULL, price numeric DEFAULT NULL,
    client_order_id text DEFAULT NULL
)
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
    o              trading.orders%ROWTYPE;
    successor      trading.orders%ROWTYPE;
    pair           market.markets%ROWTYPE;
    wrong_argument text;
    is_claimed     boolean := FALSE;
    quote_scale    integer;
    new_hold       numeric;
    before         numeric;
    placed         jsonb;
BEGIN
    wrong_argument := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN order_id IS NULL THEN 'order_id'
        WHEN num_nonnulls(quantity, price) = 0 THEN 'quantity'
        WHEN NOT (quantity > 0 AND quantity < 1e18) THEN 'quantity'
        WHEN NOT (price > 0 AND price < 1e18) THEN 'price'
        WHEN NOT core.is_client_key(coalesce(client_order_id, 'none')) THEN 'client_order_id'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', wrong_argument);
    END IF;

    -- The key before the market, as whoever places takes them: a concurrent twin waits here, holding nothing. What it
    -- stands for is known only under the lock.
    IF client_order_id IS NOT NULL THEN
        INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
        VALUES (
            amend_order_for.user_id, amend_order_for.client_order_id, amend_order_for.order_id,
            '\x0000000000000000000000000000000000000000000000000000000000000000'
        )
        ON CONFLICT ON CONSTRAINT client_orders_pkey DO NOTHING;
        is_claimed := found;
    END IF;
    o := trading.lock_order(user_id, order_id, NULL);
    IF o.close_reason = 'replaced' AND client_order_id IS NOT NULL THEN
        -- The same amendment again answers with what it made.
        SELECT t.* INTO successor
        FROM trading.client_orders AS c
        JOIN trading.orders AS t ON t.id = c.order_id AND t.closed_at >= core.uuid7_time(c.order_id)
        WHERE
            c.user_id = amend_order_for.user_id AND c.client_order_id = amend_order_for.client_order_id
            AND t.replaces_order_id = o.id AND t.price = coalesce(amend_order_for.price, o.price)
            AND t.quantity = coalesce(amend_order_for.quantity, o.quantity) - o.filled_quantity;
        IF found THEN
            RETURN trading.order_json(successor) || jsonb_build_object('write_token', core.write_token());
        END IF;
    END IF;
    IF o.closed_at < 'infinity' OR o.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'too late: the order is %', CASE WHEN o.closed_at < 'infinity' THEN o.status ELSE 'over' END
            USING ERRCODE = 'TR202', DETAIL = jsonb_build_object('order_id', o.id, 'status', o.status);
    END IF;
    SELECT * INTO pair FROM market.markets AS m WHERE m.id = o.market_id;
    IF pair.engine_acks OR o.time_in_force IN ('ioc', 'fok') THEN
        RAISE EXCEPTION 'this order cannot be amended'
            USING ERRCODE = 'TR007', DETAIL = jsonb_build_object(
                'time_in_force', o.time_in_force, 'engine_acks', pair.engine_acks
            ), HINT = 'Cancel it, and place another when it is canceled.';
    END IF;
    quantity := coalesce(quantity, o.quantity::numeric);
    price := coalesce(price, o.price::numeric);
    IF quantity <= o.filled_quantity OR mod(quantity, pair.lot_size) <> 0 OR quantity < pair.min_quantity THEN
        RAISE EXCEPTION 'the quantity is filled already, no multiple of the lot, or too small'
            USING ERRCODE = 'TR004', DETAIL = jsonb_build_object(
                'quantity', quantity::text, 'filled_quantity', o.filled_quantity::text,
                'lot_size', pair.lot_size::text, 'min_quantity', pair.min_quantity::text
            );
    END IF;

    -- Less at the same price keeps its place in the queue.
    IF price = o.price AND quantity <= o.quantity AND client_order_id IS NULL THEN
        IF quantity < o.quantity THEN
            IF price * quantity < pair.min_notional THEN
                RAISE EXCEPTION 'the notional is out of bounds'
                    USING ERRCODE = 'TR005', DETAIL = jsonb_build_object(
                        'notional', (price * quantity)::text, 'min_notional', pair.min_notional::text
                    );
            END IF;
            SELECT a.scale::integer INTO quote_scale FROM market.assets AS a WHERE a.id = pair.quote_asset_id;
            new_hold := trading.order_hold(
                o.side, price, quantity - o.filled_quantity, o.maker_fee_rate, o.taker_fee_rate, quote_scale
            );
            PERFORM portfolio.post_journal(
                journal_id => core.uuid7(), reason => 'order_release', ref_id => o.id, user_ids => ARRAY[o.user_id],
                asset_ids => ARRAY[o.hold_asset_id], d_available => ARRAY[o.hold - new_hold],
                d_held => ARRAY[new_hold - o.hold]
            );
            PERFORM audit.record_orders(
                'AMEND', ARRAY[o.id], jsonb_build_object('quantity', o.quantity::text),
                jsonb_build_object('quantity', quantity::text)
            );
            before := o.quantity;
            UPDATE partitions.orders_open AS t
            SET
                quantity = amend_order_for.quantity, hold = new_hold, updated_at = clock_timestamp(),
                version = t.version + 1
            WHERE t.id = o.id
            RETURNING * INTO o;
            PERFORM trading.tell_engine('amend', ARRAY[o.id], CASE WHEN o.on_book THEN o.quantity - before END);
        END IF;
        RETURN trading.order_json(o) || jsonb_build_object('write_token', core.write_token());
    END IF;

    -- Anything else is another order behind the queue, for what is not filled, in the same transaction.
    PERFORM trading.tell_engine('cancel', ARRAY[o.id]);
    PERFORM FROM trading.end_orders(ARRAY[o.id], 'canceled', 'replaced');
    -- trading.place_order_for() takes the key again, for the order that it makes; nobody else can before we end.
    IF is_claimed THEN
        DELETE FROM trading.client_orders AS c
        WHERE c.user_id = amend_order_for.user_id AND c.client_order_id = amend_order_for.client_order_id;
    END IF;
    placed := trading.place_order_for(
        user_id, pair.symbol, o.side, o.type, quantity - o.filled_quantity, price, o.time_in_force, client_order_id,
        o.post_only, CASE o.time_in_force WHEN 'gtd' THEN o.expires_at END, o.stp
    );
    IF (placed ->> 'replayed')::boolean THEN
        RAISE EXCEPTION 'client_order_id was used for another order'
            USING ERRCODE = 'TR204', DETAIL = jsonb_build_object('client_order_id', client_order_id);
    END IF;
    UPDATE partitions.orders_open AS t
    SET replaces_order_id = amend_order_for.order_id
    WHERE t.id = (placed -> 'order' ->> 'id')::uuid
    RETURNING * INTO successor;
    PERFORM audit.record_orders(
        'AMEND', ARRAY[o.id], jsonb_build_object('quantity', o.quantity::text, 'price', o.price::text),
        jsonb_build_object('quantity', quantity::text, 'price', price::text, 'replaced_by', successor.id)
    );
    RETURN trading.order_json(successor) || jsonb_build_object('write_token', core.write_token());
END
$$;

COMMENT ON FUNCTION trading.amend_order_for(uuid, uuid, numeric, numeric, text) IS
'Changes a user''s open order to quantity, with what is filled, and price; NULL keeps what is. Less at the same price '
'happens in place and keeps its turn; anything else closes the order as replaced and places one for what is not '
'filled, under client_order_id. Returns the order that stands now; the same under the same client_order_id again '
'answers the same. TR004 quantity, TR005 notional, TR007 not this order, TR010 invalid argument, TR201 unknown order, '
'TR202 too late, TR204 client_order_id used; and what trading.place_order_for() refuses: then the old order stands.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.amend_order_for(uuid, uuid, numeric, numeric, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

-- A service acts for the user it has authenticated; users themselves call trading.amend_order().
GRANT EXECUTE ON FUNCTION trading.amend_order_for(uuid, uuid, numeric, numeric, text) TO service_role;

COMMIT;
