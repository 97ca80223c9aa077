-- Deploy tradebase:trading/cancel_order_for to pg
-- requires: audit/record_orders
-- requires: core/write_token
-- requires: market/markets_access
-- requires: trading/end_orders
-- requires: trading/lock_order
-- requires: trading/order_json
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.cancel_order_for(user_id uuid, order_id uuid DEFAULT NULL, client_order_id text DEFAULT NULL)
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
    o trading.orders%ROWTYPE;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'invalid user_id' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'user_id');
    END IF;
    o := trading.lock_order(user_id, order_id, client_order_id);
    IF o.status = 'canceled' THEN
        RETURN trading.order_json(o) || jsonb_build_object('write_token', core.write_token());
    ELSIF o.closed_at < 'infinity' THEN
        RAISE EXCEPTION 'too late: the order is %', o.status
            USING ERRCODE = 'TR202', DETAIL = jsonb_build_object('order_id', o.id, 'status', o.status);
    END IF;

    -- With acknowledgements the engine ends it, in its own sequence, and the hold stays until then.
    IF (SELECT m.engine_acks FROM market.markets AS m WHERE m.id = o.market_id) THEN
        IF o.cancel_requested_at IS NULL THEN
            UPDATE partitions.orders_open AS t
            SET cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp(), version = t.version + 1
            WHERE t.id = o.id
            RETURNING * INTO o;
            PERFORM trading.tell_engine('cancel', ARRAY[o.id]);
            PERFORM audit.record_orders('CANCEL', ARRAY[o.id]);
        END IF;
    ELSE
        PERFORM trading.tell_engine('cancel', ARRAY[o.id]);
        PERFORM audit.record_orders('CANCEL', ARRAY[o.id]);
        SELECT * INTO o FROM trading.end_orders(ARRAY[o.id], 'canceled', 'user_cancel');
    END IF;
    RETURN trading.order_json(o) || jsonb_build_object('write_token', core.write_token());
END
$$;

COMMENT ON FUNCTION trading.cancel_order_for(uuid, uuid, text) IS
'Cancels a user''s order, releases its hold and answers with it; cancelling it again answers the same. Where the '
'engine acknowledges, it only asks the engine and the hold stays. TR010 no user, neither or both names, TR201 unknown '
'order, TR202 already filled, expired or rejected.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.cancel_order_for(uuid, uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

-- A service acts for the user it has authenticated; users themselves call trading.cancel_order().
GRANT EXECUTE ON FUNCTION trading.cancel_order_for(uuid, uuid, text) TO service_role;

COMMIT;
