-- Deploy tradebase:trading/place_orders_for to pg
-- requires: core/write_token
-- requires: identity/users_access
-- requires: portfolio/post_journal
-- requires: trading/client_orders_access
-- requires: trading/collar_price
-- requires: trading/lock_market
-- requires: trading/order_facts
-- requires: trading/order_flaw
-- requires: trading/order_hold
-- requires: trading/order_json
-- requires: trading/order_refusal
-- requires: trading/order_rules
-- requires: trading/reduces_position
-- requires: trading/refuse_order
-- requires: trading/request_hash
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.place_orders_for(user_id uuid, orders jsonb)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
-- A day is a day of UTC, and a moment is hashed the same whoever sends it.
SET timezone = 'UTC'
AS $$
DECLARE
    number     CONSTANT text := '^[0-9]{1,20}([.][0-9]{1,18})?$';
    moment     CONSTANT text
    := '^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.]\d{1,6})?Z$';
    journal_id CONSTANT uuid := core.uuid7();
    bad        record;
    -- The requests, one element each, in their order.
    symbols    text[];
    sides      text[];
    types      text[];
    quantities numeric[];
    prices     numeric[];
    tifs       text[];
    keys       text[];
    post_onlys boolean[];
    expiries   timestamptz[];
    stps       text[];
    pair_ids   integer[];
    order_ids  uuid[];
    seqs       bigint[];
    fresh      boolean[];
    -- What is held for those that are new.
    assets     integer[];
    spent      numeric[];
    holds      numeric[];
    created    trading.orders[];
BEGIN
    -- Validate: the shape of every element before anything is cast, then each as a request.
    IF jsonb_typeof(orders) IS DISTINCT FROM 'array' OR jsonb_array_length(orders) NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'orders is a list of 1 to 1000 orders'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'orders');
    END IF;
    SELECT e.n - 1 AS index, a.argument INTO bad
    FROM jsonb_array_elements(orders) WITH ORDINALITY AS e (o, n)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN jsonb_typeof(e.o) <> 'object' THEN 'orders'
            WHEN e.o ->> 'quantity' !~ number THEN 'quantity'
            WHEN e.o ->> 'price' !~ number THEN 'price'
            WHEN jsonb_typeof(e.o -> 'post_only') NOT IN ('boolean', 'null') THEN 'post_only'
            WHEN e.o ->> 'expires_at' !~ moment THEN 'expires_at'
            -- A day that its month has not.
            WHEN right(left(e.o ->> 'expires_at', 10), 2)::integer > extract(
                DAY FROM (left(e.o ->> 'expires_at', 7) || '-01')::date + INTERVAL '1 month - 1 day'
            ) THEN 'expires_at'
            WHEN e.o - ARRAY[
                'market', 'side', 'type', 'quantity', 'price', 'time_in_force', 'client_order_id', 'post_only',
                'expires_at', 'stp'
            ] <> '{}' THEN (
                SELECT min(k.key)
                FROM jsonb_object_keys(e.o) AS k (key)
                WHERE k.key NOT IN (
                    'market', 'side', 'type', 'quantity', 'price', 'time_in_force', 'client_order_id', 'post_only',
                    'expires_at', 'stp'
                )
            )
        END AS argument
    ) AS a
    WHERE a.argument IS NOT NULL
    ORDER BY e.n
    LIMIT 1;
    IF found THEN
        PERFORM trading.refuse_order('TR010', bad.index, jsonb_build_object('argument', bad.argument));
    END IF;
    SELECT
        array_agg(r.market ORDER BY r.n), array_agg(r.side ORDER BY r.n), array_agg(r.type ORDER BY r.n),
        array_agg(r.quantity ORDER BY r.n), array_agg(r.price ORDER BY r.n),
        array_agg(coalesce(r.tif, CASE r.type WHEN 'market' THEN 'ioc' ELSE 'gtc' END) ORDER BY r.n),
        array_agg(r.key ORDER BY r.n), array_agg(r.post_only ORDER BY r.n), array_agg(r.expires_at ORDER BY r.n),
        array_agg(r.stp ORDER BY r.n), array_agg(m.id ORDER BY r.n)
    INTO symbols, sides, types, quantities, prices, tifs, keys, post_onlys, expiries, stps, pair_ids
    FROM (
        SELECT
            e.n, e.o ->> 'market' AS market, e.o ->> 'side' AS side, e.o ->> 'type' AS type,
            (e.o ->> 'quantity')::numeric AS quantity, (e.o ->> 'price')::numeric AS price,
            e.o ->> 'time_in_force' AS tif, e.o ->> 'client_order_id' AS key,
            coalesce((e.o ->> 'post_only')::boolean, FALSE) AS post_only,
            (e.o ->> 'expires_at')::timestamptz AS expires_at, e.o ->> 'stp' AS stp
        FROM jsonb_array_elements(orders) WITH ORDINALITY AS e (o, n)
    ) AS r
    LEFT JOIN (
        SELECT k.symbol, t.id
        FROM (SELECT DISTINCT e.o ->> 'market' AS symbol FROM jsonb_array_elements(orders) AS e (o)) AS k
        CROSS JOIN LATERAL (SELECT x.id FROM market.markets AS x WHERE x.symbol = k.symbol OFFSET 0) AS t
    ) AS m ON m.symbol = r.market;
    SELECT r.n - 1 AS index, f.flaw, r.* INTO bad
    FROM unnest(symbols, sides, types, quantities, prices, tifs, keys, post_onlys, expiries, stps, pair_ids)
        WITH ORDINALITY AS r (
            market, side, type, quantity, price, time_in_force, key, post_only, expires_at, stp, pair_id, n
        )
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.pair_id IS NULL AND o.flaw IS NULL THEN 'unknown' ELSE o.flaw END AS flaw
        FROM trading.order_flaw(
            place_orders_for.user_id, r.market, r.side, r.type, r.quantity, r.price, r.time_in_force, r.key,
            r.post_only, r.expires_at, r.stp
        ) AS o (flaw)
    ) AS f
    WHERE f.flaw IS NOT NULL
    ORDER BY r.n
    LIMIT 1;
    IF found THEN
        PERFORM trading.refuse_order(
            CASE bad.flaw WHEN 'combination' THEN 'TR007' WHEN 'unknown' THEN 'TR001' ELSE 'TR010' END, bad.index,
            jsonb_build_object(
                'argument', bad.flaw, 'market', bad.market, 'type', bad.type, 'time_in_force', bad.time_in_force,
                'post_only', bad.post_only, 'expires_at', bad.expires_at
            )
        );
    END IF;
    IF NOT EXISTS (
        SELECT FROM identity.users AS u WHERE u.id = place_orders_for.user_id AND u.kind = 'customer'
    ) THEN
        PERFORM trading.refuse_order('TR012', NULL, jsonb_build_object('user_id', user_id));
    END IF;

    -- The keys first, all in one order: concurrent twins wait here, holding nothing, and then find the orders.
    order_ids := ARRAY(SELECT core.uuid7() FROM generate_series(1, cardinality(symbols)));
    INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
    SELECT
        place_orders_for.user_id, r.key, r.id,
        trading.request_hash(
            r.pair_id, r.side, r.type, r.quantity, r.price, r.tif, r.post_only, r.expires_at, r.stp
        )
    FROM unnest(keys, order_ids, pair_ids, sides, types, quantities, prices, tifs, post_onlys, expiries, stps)
        WITH ORDINALITY AS r (key, id, pair_id, side, type, quantity, price, tif, post_only, expires_at, stp, n)
    WHERE r.key IS NOT NULL
    ORDER BY r.key, r.n
    ON CONFLICT ON CONSTRAINT client_orders_pkey DO NOTHING;
    SELECT r.n - 1 AS index, r.key INTO bad
    FROM unnest(keys, pair_ids, sides, types, quantities, prices, tifs, post_onlys, expiries, stps)
        WITH ORDINALITY AS r (key, pair_id, side, type, quantity, price, tif, post_only, expires_at, stp, n)
    CROSS JOIN LATERAL (
        SELECT c.request_hash
        FROM trading.client_orders AS c
        WHERE c.user_id = place_orders_for.user_id AND c.client_order_id = r.key
        OFFSET 0
    ) AS c
    WHERE
        c.request_hash <> trading.request_hash(
            r.pair_id, r.side, r.type, r.quantity, r.price, r.tif, r.post_only, r.expires_at, r.stp
        )
    ORDER BY r.n
    LIMIT 1;
    IF found THEN
        PERFORM trading.refuse_order('TR204', bad.index, jsonb_build_object('client_order_id', bad.key));
    END IF;
    -- A key that is in the batch twice makes one order.
    SELECT
        array_agg(coalesce(c.order_id, r.id) ORDER BY r.n), array_agg(coalesce(c.order_id = r.id, TRUE) ORDER BY r.n)
    INTO order_ids, fresh
    FROM unnest(keys, order_ids) WITH ORDINALITY AS r (key, id, n)
    LEFT JOIN LATERAL (
        SELECT c.order_id
        FROM trading.client_orders AS c
        WHERE c.user_id = place_orders_for.user_id AND c.client_order_id = r.key
        OFFSET 0
    ) AS c ON TRUE;

    IF TRUE = ANY (fresh) THEN
        -- Lock. What follows sees the books and the markets as nobody can change them meanwhile.
        PERFORM trading.lock_market(p.id)
        FROM (
            SELECT DISTINCT r.pair_id AS id FROM unnest(pair_ids, fresh) AS r (pair_id, is_new) WHERE r.is_new ORDER BY 1
        ) AS p;

        seqs := ARRAY(SELECT nextval('trading.command_seq') FROM unnest(order_ids));

        -- Compute: each behind those before it.
        WITH rule AS MATERIALIZED (
            SELECT p.id AS ruled_id, t.*
            FROM (SELECT DISTINCT r.id FROM unnest(pair_ids) AS r (id)) AS p
            CROSS JOIN LATERAL (SELECT x.* FROM trading.order_rules(place_orders_for.user_id, p.id) AS x OFFSET 0) AS t
        ),

        request AS (
            SELECT
                r.*, core.uuid7_time(r.id) AS created_at,
                count(*) OVER (PARTITION BY r.pair_id ORDER BY r.n) - 1 AS orders_before,
                sum(r.quantity) OVER (PARTITION BY r.pair_id, r.side ORDER BY r.n) AS quantity_so_far
            FROM unnest(
                order_ids, seqs, pair_ids, sides, types, quantities, prices, tifs, keys, post_onlys, expiries, stps, fresh
            ) WITH ORDINALITY AS r (
                id, seq, pair_id, side, type, quantity, limit_price, tif, key, post_only, expires_at, stp, is_new, n
            )
            WHERE r.is_new
        ),

        judged AS (
            SELECT
                q.*, u.*, c.price,
                trading.order_refusal(
                    u.engine, u.trading_enabled, u.status, q.post_only, u.user_status,
                    u.user_status = 'restricted' AND trading.reduces_position(
                        place_orders_for.user_id, q.pair_id, q.side, q.quantity_so_far
                    ),
                    u.open_orders + q.orders_before, u.max_open_orders, q.type, c.price, u.tick_size, u.last_price,
                    u.price_band_pct, q.quantity, u.lot_size, u.min_quantity, u.max_quantity, u.min_notional,
                    u.max_notional, q.tif, q.expires_at, q.created_at, u.max_order_age
                ) AS refusal
            FROM request AS q
            JOIN rule AS u ON u.ruled_id = q.pair_id
            CROSS JOIN LATERAL (
                SELECT CASE q.type
                    WHEN 'market' THEN trading.collar_price(q.pair_id, q.side, u.tick_size, u.last_price)
                    ELSE q.limit_price
                END AS price
                OFFSET 0
            ) AS c
        )

        SELECT
            (array_agg(j.n - 1 ORDER BY j.n) FILTER (WHERE j.refusal IS NOT NULL))[1] AS index,
            (array_agg(j.refusal ORDER BY j.n) FILTER (WHERE j.refusal IS NOT NULL))[1] AS refusal,
            (array_agg(j.price ORDER BY j.n) FILTER (WHERE j.refusal IS NOT NULL))[1] AS price,
            array_agg(ROW(
                j.id, 'infinity'::timestamptz, j.created_at, clock_timestamp(), j.seq, place_orders_for.user_id,
                j.pair_id, j.side, j.type, j.tif, CASE WHEN j.engine_acks THEN 'pending' ELSE 'open' END, j.price,
                j.quantity, 0, 0, 0,
                trading.order_hold(j.side, j.price, j.quantity, j.maker_fee_rate, j.taker_fee_rate, j.quote_scale),
                CASE j.side WHEN 'buy' THEN j.quote_asset_id ELSE j.base_asset_id END, j.maker_fee_rate,
                j.taker_fee_rate, j.post_only, coalesce(j.stp, j.default_stp),
                NOT j.engine_acks AND j.tif NOT IN ('ioc', 'fok'),
                CASE j.tif
                    WHEN 'gtc' THEN j.created_at + j.max_order_age
                    WHEN 'gtd' THEN j.expires_at
                    WHEN 'day' THEN date_trunc('day', j.created_at, 'UTC') + INTERVAL '1 day'
                END,
                j.key, NULL, NULL, NULL, NULL, 1
            )::trading.orders ORDER BY j.n) FILTER (WHERE j.refusal IS NULL) AS made
        INTO bad
        FROM judged AS j;
        IF bad.refusal IS NOT NULL THEN
            PERFORM trading.refuse_order(bad.refusal, bad.index, trading.order_facts(
                user_id, pair_ids[bad.index + 1], bad.price, quantities[bad.index + 1]
            ));
        END IF;

        -- Write: all holds in one journal (TR101 when there is not enough for all), the orders, the engine's commands.
        created := bad.made;
        SELECT array_agg(o.hold_asset_id), array_agg(-o.hold), array_agg(o.hold::numeric)
        INTO assets, spent, holds
        FROM unnest(created) AS o;
        PERFORM portfolio.post_journal(
            journal_id => journal_id, reason => 'order_hold',
            ref_id => CASE cardinality(created) WHEN 1 THEN created[1].id ELSE journal_id END,
            user_ids => array_fill(place_orders_for.user_id, ARRAY[cardinality(created)]), asset_ids => assets,
            d_available => spent, d_held => holds
        );
        INSERT INTO trading.orders SELECT o.* FROM unnest(created) AS o;
        PERFORM trading.tell_engine('place', ARRAY(SELECT o.id FROM unnest(created) AS o));
    END IF;

    RETURN (
        SELECT jsonb_agg(
            jsonb_build_object(
                'order', trading.order_json(o.placed), 'replayed', NOT coalesce(o.is_new, FALSE),
                'write_token', core.write_token()
            ) ORDER BY o.n
        )
        FROM (
            SELECT i.n, i.is_new, t.placed
            FROM unnest(order_ids, fresh) WITH ORDINALITY AS i (id, is_new, n)
            CROSS JOIN LATERAL (
                SELECT x AS placed
                FROM trading.orders AS x
                WHERE x.id = i.id AND x.closed_at >= core.uuid7_time(i.id)
                OFFSET 0
            ) AS t
        ) AS o
    );
END
$$;

COMMENT ON FUNCTION trading.place_orders_for(uuid, jsonb) IS
'Places 1 to 1000 orders of a user, in any markets, all of them or none; answers [{order, replayed}] in their order. '
'An element is {market, side, type, quantity, price, time_in_force, client_order_id, post_only, expires_at, stp}, '
'amounts as text, times ISO 8601 in UTC. One whose client_order_id made an order before, in the batch or earlier, '
'answers with that. The errors of trading.place_order_for(), whose DETAIL names the index of the element, counted '
'from 0; TR101, not enough for all of them, names none.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.place_orders_for(uuid, jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

-- A service acts for the user it has authenticated; users themselves call trading.place_orders().
GRANT EXECUTE ON FUNCTION trading.place_orders_for(uuid, jsonb) TO service_role;

COMMIT;
