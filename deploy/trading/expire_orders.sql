-- Deploy tradebase:trading/expire_orders to pg
-- requires: market/markets_access
-- requires: trading/end_orders
-- requires: trading/lock_market
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.expire_orders(upto timestamptz, max_orders integer DEFAULT 1000)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    oldest record;
    ended  uuid[];
BEGIN
    IF upto IS NULL OR upto > clock_timestamp() OR (max_orders BETWEEN 1 AND 10000) IS NOT TRUE THEN
        RAISE EXCEPTION 'upto is a time that has been, max_orders 1 to 10000'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', CASE WHEN (max_orders BETWEEN 1 AND 10000) IS NOT TRUE THEN 'max_orders' ELSE 'upto' END
            );
    END IF;

    -- One market and one reason a call, of the order that has waited longest: one lock, then all balances in one go.
    SELECT t.market_id, t.time_in_force, m.engine_acks INTO oldest
    FROM partitions.orders_open AS t
    JOIN market.markets AS m ON m.id = t.market_id
    WHERE t.expires_at <= expire_orders.upto AND t.cancel_requested_at IS NULL
    ORDER BY t.expires_at
    LIMIT 1;
    IF NOT found THEN
        RETURN 0;
    END IF;
    PERFORM trading.lock_market(oldest.market_id);

    ended := ARRAY(
        SELECT t.id
        FROM partitions.orders_open AS t
        WHERE
            t.market_id = oldest.market_id AND t.time_in_force = oldest.time_in_force
            AND t.expires_at <= expire_orders.upto AND t.cancel_requested_at IS NULL
        ORDER BY t.expires_at, t.seq
        LIMIT max_orders
    );
    IF ended = '{}' THEN
        -- It ended while we waited for its market; there may be others, whose markets may come before it.
        RETURN NULL;
    END IF;
    IF oldest.engine_acks THEN
        UPDATE partitions.orders_open AS t
        SET cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp(), version = t.version + 1
        WHERE t.id = ANY (ended);
    END IF;
    PERFORM trading.tell_engine('cancel', ended);
    IF NOT oldest.engine_acks THEN
        PERFORM FROM trading.end_orders(ended, 'expired', CASE oldest.time_in_force
            WHEN 'gtd' THEN 'gtd_elapsed' WHEN 'day' THEN 'day_end' ELSE 'max_age' END);
    END IF;
    RETURN cardinality(ended);
END
$$;

COMMENT ON FUNCTION trading.expire_orders(timestamptz, integer) IS
'Ends orders whose time is over by upto, of one market and one time in force, at most max_orders; returns how many, '
'NULL when what was due ended while it waited. A worker calls it, each time in a transaction of its own, until it '
'answers 0. Where the engine acknowledges, it only asks. TR010 invalid argument.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.expire_orders(timestamptz, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.expire_orders(timestamptz, integer) TO tradebase_worker;

COMMIT;
