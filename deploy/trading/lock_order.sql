-- Deploy tradebase:trading/lock_order to pg
-- requires: trading/client_orders_access
-- requires: trading/lock_market
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.lock_order(user_id uuid, order_id uuid, client_order_id text)
RETURNS trading.orders
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted  uuid := order_id;
    pair_id integer;
    o       trading.orders%ROWTYPE;
BEGIN
    IF num_nonnulls(order_id, client_order_id) <> 1 THEN
        RAISE EXCEPTION 'either order_id or client_order_id is needed'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'order_id');
    END IF;
    IF client_order_id IS NOT NULL THEN
        SELECT c.order_id INTO wanted
        FROM trading.client_orders AS c
        WHERE c.user_id = lock_order.user_id AND c.client_order_id = lock_order.client_order_id;
    END IF;

    -- Most are open, and the open book is one small leaf. While we waited for its market it may have changed, or ended.
    SELECT t.market_id INTO pair_id
    FROM partitions.orders_open AS t
    WHERE t.id = wanted AND t.user_id = lock_order.user_id;
    IF found THEN
        PERFORM trading.lock_market(pair_id);
        SELECT * INTO o FROM partitions.orders_open AS t WHERE t.id = wanted;
    END IF;
    IF NOT found THEN
        -- An order closes after it was made: the time in its id prunes the leaves before. Only closed ones: one that
        -- was committed just now would come back open, and unlocked.
        SELECT * INTO o
        FROM trading.orders AS t
        WHERE
            t.id = wanted AND t.closed_at >= core.uuid7_time(wanted) AND t.closed_at < 'infinity'
            AND t.user_id = lock_order.user_id;
    END IF;
    -- The same answer for an order of somebody else and for none at all.
    IF NOT found THEN
        RAISE EXCEPTION 'unknown order'
            USING ERRCODE = 'TR201', DETAIL = jsonb_build_object(
                'order_id', order_id, 'client_order_id', client_order_id
            );
    END IF;
    RETURN o;
END
$$;

COMMENT ON FUNCTION trading.lock_order(uuid, uuid, text) IS
'A user''s own order by its id or by the user''s name for it, as it is once its market is locked; one that is closed '
'needs no lock, it does not change any more. TR010 neither or both, TR201 unknown or somebody else''s.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.lock_order(uuid, uuid, text) TO tradebase_kernel;

COMMIT;
