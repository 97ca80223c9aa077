-- Deploy tradebase:trading/cancel_all_orders_for to pg
-- requires: audit/record_orders
-- requires: market/markets_access
-- requires: trading/end_orders
-- requires: trading/lock_market
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.cancel_all_orders_for(user_id uuid, market text DEFAULT NULL, side text DEFAULT NULL)
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
    pair_id integer;
    locked  integer[];
    asked   uuid[];
    ended   uuid[];
BEGIN
    IF user_id IS NULL OR side NOT IN ('buy', 'sell') THEN
        RAISE EXCEPTION 'invalid %', CASE WHEN user_id IS NULL THEN 'user_id' ELSE 'side' END
            USING ERRCODE = 'TR010',
            DETAIL = jsonb_build_object('argument', CASE WHEN user_id IS NULL THEN 'user_id' ELSE 'side' END);
    END IF;
    IF market IS NOT NULL THEN
        SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = cancel_all_orders_for.market;
        IF NOT found THEN
            RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
        END IF;
    END IF;

    locked := ARRAY(
        SELECT DISTINCT t.market_id
        FROM partitions.orders_open AS t
        WHERE t.user_id = cancel_all_orders_for.user_id AND (pair_id IS NULL OR t.market_id = pair_id)
        ORDER BY t.market_id
    );
    PERFORM trading.lock_market(m.id) FROM unnest(locked) AS m (id);

    -- The oldest thousand; who has more calls again until it answers 0.
    SELECT
        array_agg(c.id) FILTER (WHERE c.engine_acks), array_agg(c.id) FILTER (WHERE NOT c.engine_acks)
    INTO asked, ended
    FROM (
        SELECT t.id, m.engine_acks
        FROM partitions.orders_open AS t
        JOIN market.markets AS m ON m.id = t.market_id
        WHERE
            t.user_id = cancel_all_orders_for.user_id
            -- Not those that came meanwhile to a market whose lock we do not hold.
            AND t.market_id = ANY (locked)
            AND (cancel_all_orders_for.side IS NULL OR t.side = cancel_all_orders_for.side)
            AND t.cancel_requested_at IS NULL
        ORDER BY t.seq
        LIMIT 1000
    ) AS c;

    IF asked IS NOT NULL THEN
        UPDATE partitions.orders_open AS t
        SET cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp(), version = t.version + 1
        WHERE t.id = ANY (asked);
    END IF;
    PERFORM trading.tell_engine('cancel', asked || ended);
    PERFORM audit.record_orders('CANCEL', asked || ended);
    IF ended IS NOT NULL THEN
        PERFORM FROM trading.end_orders(ended, 'canceled', 'cancel_all');
    END IF;
    RETURN coalesce(cardinality(asked), 0) + coalesce(cardinality(ended), 0);
END
$$;

COMMENT ON FUNCTION trading.cancel_all_orders_for(uuid, text, text) IS
'Cancels a user''s open orders, in one market or all, of one side or both, at most a thousand at a time; returns how '
'many, or 0 when none is left. Where the engine acknowledges, it only asks. TR001 unknown market, TR010 invalid '
'argument.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.cancel_all_orders_for(uuid, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

-- A service acts for the user it has authenticated; users themselves call trading.cancel_all_orders().
GRANT EXECUTE ON FUNCTION trading.cancel_all_orders_for(uuid, text, text) TO service_role;

COMMIT;
