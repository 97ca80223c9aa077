-- Deploy tradebase:trading/cancel_orders_for to pg
-- requires: audit/record_orders
-- requires: core/write_token
-- requires: market/markets_access
-- requires: trading/client_orders_access
-- requires: trading/end_orders
-- requires: trading/lock_market
-- requires: trading/order_json
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.cancel_orders_for(
    user_id uuid, order_ids uuid[] DEFAULT NULL, client_order_ids text[] DEFAULT NULL
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
    wanted uuid[] := order_ids;
    wrong  record;
    locked integer[];
    asked  uuid[];
    ended  uuid[];
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'invalid user_id' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'user_id');
    END IF;
    IF num_nonnulls(order_ids, client_order_ids) <> 1
        OR coalesce(cardinality(order_ids), cardinality(client_order_ids)) NOT BETWEEN 1 AND 1000
    THEN
        RAISE EXCEPTION 'either order_ids or client_order_ids is a list of 1 to 1000 names'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'order_ids');
    END IF;
    IF client_order_ids IS NOT NULL THEN
        wanted := ARRAY(
            SELECT c.order_id
            FROM unnest(client_order_ids) WITH ORDINALITY AS k (key, n)
            LEFT JOIN LATERAL (
                SELECT t.order_id
                FROM trading.client_orders AS t
                WHERE t.user_id = cancel_orders_for.user_id AND t.client_order_id = k.key
                OFFSET 0
            ) AS c ON TRUE
            ORDER BY k.n
        );
    END IF;

    -- The markets of those that are open, in ascending order. What is closed does not change any more.
    locked := ARRAY(
        SELECT DISTINCT o.market_id
        FROM unnest(wanted) AS w (id)
        CROSS JOIN LATERAL (
            SELECT t.market_id
            FROM partitions.orders_open AS t
            WHERE t.id = w.id AND t.user_id = cancel_orders_for.user_id
            OFFSET 0
        ) AS o
        ORDER BY o.market_id
    );
    PERFORM trading.lock_market(m.id) FROM unnest(locked) AS m (id);

    -- The same answer for an order of somebody else and for none at all.
    SELECT w.n - 1 AS index, w.id, o.status INTO wrong
    FROM unnest(wanted) WITH ORDINALITY AS w (id, n)
    LEFT JOIN LATERAL (
        SELECT t.status
        FROM trading.orders AS t
        WHERE
            t.id = w.id AND t.closed_at >= core.uuid7_time(w.id) AND t.user_id = cancel_orders_for.user_id
            -- One that was committed meanwhile, in a market that is not locked, is not known yet.
            AND (t.closed_at < 'infinity' OR t.market_id = ANY (locked))
        OFFSET 0
    ) AS o ON TRUE
    WHERE o.status IS NULL OR o.status IN ('filled', 'expired', 'rejected')
    ORDER BY w.n
    LIMIT 1;
    IF found THEN
        IF wrong.status IS NULL THEN
            RAISE EXCEPTION 'unknown order' USING ERRCODE = 'TR201', DETAIL = jsonb_build_object(
                'index', wrong.index, 'order_id', order_ids[wrong.index + 1],
                'client_order_id', client_order_ids[wrong.index + 1]
            );
        END IF;
        RAISE EXCEPTION 'too late: the order is %', wrong.status
            USING ERRCODE = 'TR202', DETAIL = jsonb_build_object(
                'index', wrong.index, 'order_id', wrong.id, 'status', wrong.status
            );
    END IF;

    -- With acknowledgements the engine ends them, in its own sequence, and is asked once of each.
    SELECT
        array_agg(DISTINCT o.id) FILTER (WHERE o.engine_acks),
        array_agg(DISTINCT o.id) FILTER (WHERE NOT o.engine_acks)
    INTO asked, ended
    FROM unnest(wanted) AS w (id)
    CROSS JOIN LATERAL (
        SELECT t.id, m.engine_acks
        FROM partitions.orders_open AS t
        CROSS JOIN LATERAL (SELECT x.engine_acks FROM market.markets AS x WHERE x.id = t.market_id OFFSET 0) AS m
        WHERE t.id = w.id AND (NOT m.engine_acks OR t.cancel_requested_at IS NULL)
        OFFSET 0
    ) AS o;
    IF asked IS NOT NULL THEN
        UPDATE partitions.orders_open AS t
        SET cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp(), version = t.version + 1
        WHERE t.id = ANY (asked);
    END IF;
    PERFORM trading.tell_engine('cancel', asked || ended);
    PERFORM audit.record_orders('CANCEL', asked || ended);
    IF ended IS NOT NULL THEN
        PERFORM FROM trading.end_orders(ended, 'canceled', 'user_cancel');
    END IF;

    RETURN (
        SELECT jsonb_agg(
            trading.order_json(o.found) || jsonb_build_object('write_token', core.write_token()) ORDER BY o.n
        )
        FROM (
            SELECT w.n, t.found
            FROM unnest(wanted) WITH ORDINALITY AS w (id, n)
            CROSS JOIN LATERAL (
                SELECT x AS found
                FROM trading.orders AS x
                WHERE x.id = w.id AND x.closed_at >= core.uuid7_time(w.id)
                OFFSET 0
            ) AS t
        ) AS o
    );
END
$$;

COMMENT ON FUNCTION trading.cancel_orders_for(uuid, uuid[], text[]) IS
'Cancels 1 to 1000 orders of a user, in any markets, all of them or none, releases their holds in one journal and '
'answers with them in their order; one that is canceled already is no error. Where the engine acknowledges, it only '
'asks the engine and the hold stays. TR010 no user, neither or both lists, TR201 unknown order, TR202 already filled, '
'expired or rejected; their DETAIL names the index of the element, counted from 0.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.cancel_orders_for(uuid, uuid[], text[]) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

-- A service acts for the user it has authenticated; users themselves call trading.cancel_orders().
GRANT EXECUTE ON FUNCTION trading.cancel_orders_for(uuid, uuid[], text[]) TO service_role;

COMMIT;
