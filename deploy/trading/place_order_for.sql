-- Deploy tradebase:trading/place_order_for to pg
-- requires: core/is_client_key
-- requires: market/fee_schedules_access
-- requires: market/market_state_access
-- requires: portfolio/post_journal
-- requires: system/system_config_access
-- requires: trading/client_orders_access
-- requires: trading/lock_market
-- requires: trading/order_hold
-- requires: trading/order_json
-- requires: trading/positions_access
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.place_order_for(
    user_id uuid, market text, side text, type text, quantity numeric, price numeric DEFAULT NULL,
    time_in_force text DEFAULT NULL, client_order_id text DEFAULT NULL, post_only boolean DEFAULT FALSE,
    expires_at timestamptz DEFAULT NULL, stp text DEFAULT NULL
)
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
    wrong_argument text;
    pair_id        integer;
    is_customer    boolean;
    may_place      boolean := TRUE;
    placed         trading.orders%ROWTYPE;
    known          trading.client_orders%ROWTYPE;
    request_hash   bytea;
    rules          record;
    best_price     numeric;
    new_hold       numeric;
BEGIN
    -- Validate. NaN is above every bound: only the upper ones refuse it.
    wrong_argument := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN market IS NULL THEN 'market'
        WHEN (side IN ('buy', 'sell')) IS NOT TRUE THEN 'side'
        WHEN (type IN ('market', 'limit')) IS NOT TRUE THEN 'type'
        WHEN (quantity > 0 AND quantity < 1e18) IS NOT TRUE THEN 'quantity'
        WHEN type = 'limit' AND (price > 0 AND price < 1e18) IS NOT TRUE THEN 'price'
        WHEN type = 'market' AND price IS NOT NULL THEN 'price'
        WHEN time_in_force NOT IN ('gtc', 'ioc', 'fok', 'gtd', 'day') THEN 'time_in_force'
        WHEN NOT core.is_client_key(coalesce(client_order_id, 'none')) THEN 'client_order_id'
        WHEN post_only IS NULL THEN 'post_only'
        WHEN stp NOT IN ('cancel_taker', 'cancel_maker', 'cancel_both') THEN 'stp'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', wrong_argument);
    END IF;
    time_in_force := coalesce(time_in_force, CASE type WHEN 'market' THEN 'ioc' ELSE 'gtc' END);
    IF (type = 'market' AND time_in_force NOT IN ('ioc', 'fok'))
        OR (post_only AND (type = 'market' OR time_in_force IN ('ioc', 'fok')))
        OR (time_in_force = 'gtd') <> (expires_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'these do not go together'
            USING ERRCODE = 'TR007', DETAIL = jsonb_build_object(
                'type', type, 'time_in_force', time_in_force, 'post_only', post_only, 'expires_at', expires_at
            );
    END IF;

    SELECT
        (SELECT m.id FROM market.markets AS m WHERE m.symbol = place_order_for.market),
        EXISTS (SELECT FROM identity.users AS u WHERE u.id = place_order_for.user_id AND u.kind = 'customer')
    INTO pair_id, is_customer;
    IF pair_id IS NULL THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;
    IF NOT is_customer THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;

    -- The key first: a concurrent twin waits here, holding nothing, and then finds the order.
    placed.id := core.uuid7();
    IF client_order_id IS NOT NULL THEN
        request_hash := sha256(convert_to(jsonb_build_object(
            'market', pair_id, 'side', side, 'type', type, 'quantity', trim_scale(quantity), 'price', trim_scale(price),
            'time_in_force', time_in_force, 'post_only', post_only, 'expires_at', expires_at, 'stp', stp
        )::text, 'UTF8'));
        INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
        VALUES (place_order_for.user_id, place_order_for.client_order_id, placed.id, request_hash)
        ON CONFLICT ON CONSTRAINT client_orders_pkey DO NOTHING;
        IF NOT found THEN
            SELECT * INTO known
            FROM trading.client_orders AS c
            WHERE c.user_id = place_order_for.user_id AND c.client_order_id = place_order_for.client_order_id;
            IF known.request_hash <> request_hash THEN
                RAISE EXCEPTION 'client_order_id was used for another order'
                    USING ERRCODE = 'TR204', DETAIL = jsonb_build_object('client_order_id', client_order_id);
            END IF;
            SELECT * INTO placed
            FROM trading.orders AS o
            WHERE o.id = known.order_id AND o.closed_at >= core.uuid7_time(known.order_id);
            RETURN jsonb_build_object('order', trading.order_json(placed), 'replayed', TRUE);
        END IF;
    END IF;

    -- Lock. What follows sees the book and the market as nobody can change them meanwhile.
    PERFORM trading.lock_market(pair_id);
    SELECT
        m.status, m.engine, m.engine_acks, m.base_asset_id, m.quote_asset_id, q.scale::integer AS quote_scale,
        m.tick_size::numeric, m.lot_size::numeric, m.min_quantity::numeric, m.max_quantity::numeric,
        m.min_notional::numeric, m.max_notional::numeric, m.price_band_pct, m.max_open_orders, m.default_stp,
        coalesce(f.maker_fee_rate, m.maker_fee_rate) AS maker_fee_rate,
        coalesce(f.taker_fee_rate, m.taker_fee_rate) AS taker_fee_rate,
        u.status AS user_status, s.last_price::numeric,
        (SELECT c.value::boolean FROM system.system_config AS c WHERE c.key = 'trading_enabled') AS trading_enabled,
        (
            SELECT (c.value #>> '{}')::interval FROM system.system_config AS c WHERE c.key = 'max_order_age'
        ) AS max_order_age,
        (
            SELECT count(*) FROM partitions.orders_open AS o WHERE o.user_id = u.id AND o.market_id = m.id
        ) AS open_orders
    INTO rules
    FROM market.markets AS m
    JOIN market.assets AS q ON q.id = m.quote_asset_id
    JOIN identity.users AS u ON u.id = place_order_for.user_id
    LEFT JOIN market.market_state AS s ON s.market_id = m.id
    LEFT JOIN LATERAL (
        SELECT t.maker_fee_rate, t.taker_fee_rate
        FROM market.fee_schedules AS t
        WHERE t.fee_tier = u.fee_tier AND (t.market_id = m.id OR t.market_id IS NULL)
        ORDER BY t.market_id NULLS LAST
        LIMIT 1
    ) AS f ON TRUE
    WHERE m.id = pair_id;

    IF rules.engine <> 'external' THEN
        RAISE EXCEPTION 'the market is matched by no external engine'
            USING ERRCODE = 'TR307', DETAIL = jsonb_build_object('market', market, 'engine', rules.engine);
    END IF;
    IF rules.trading_enabled IS NOT TRUE THEN
        RAISE EXCEPTION 'trading is disabled' USING ERRCODE = 'TR904';
    END IF;
    IF rules.status <> 'open' AND NOT (rules.status = 'post_only' AND post_only) THEN
        RAISE EXCEPTION 'the market does not accept the order'
            USING ERRCODE = 'TR002', DETAIL = jsonb_build_object('market', market, 'status', rules.status);
    END IF;
    IF rules.user_status = 'restricted' THEN
        -- Only what makes a position smaller, with what is open on that side already.
        may_place := coalesce((
            SELECT
                sign(p.quantity) = CASE side WHEN 'sell' THEN 1 ELSE -1 END
                AND abs(p.quantity) >= place_order_for.quantity + coalesce((
                    SELECT sum(o.quantity - o.filled_quantity)
                    FROM partitions.orders_open AS o
                    WHERE
                        o.user_id = place_order_for.user_id AND o.market_id = pair_id
                        AND o.side = place_order_for.side
                ), 0)
            FROM trading.positions AS p
            WHERE p.user_id = place_order_for.user_id AND p.market_id = pair_id
        ), FALSE);
    END IF;
    IF NOT may_place OR rules.user_status NOT IN ('active', 'restricted') THEN
        RAISE EXCEPTION 'the user may not place this order'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', rules.user_status);
    END IF;
    IF rules.open_orders >= rules.max_open_orders THEN
        RAISE EXCEPTION 'too many open orders'
            USING ERRCODE = 'TR009', DETAIL = jsonb_build_object(
                'market', market, 'max_open_orders', rules.max_open_orders
            );
    END IF;

    -- Compute. A market order may trade from the best price it finds to the last tick inside the collar.
    IF type = 'market' THEN
        IF side = 'buy' THEN
            SELECT min(o.price) INTO best_price
            FROM partitions.orders_open AS o WHERE o.market_id = pair_id AND o.side = 'sell' AND o.on_book;
        ELSE
            SELECT max(o.price) INTO best_price
            FROM partitions.orders_open AS o WHERE o.market_id = pair_id AND o.side = 'buy' AND o.on_book;
        END IF;
        best_price := coalesce(best_price, rules.last_price);
        IF best_price IS NULL THEN
            RAISE EXCEPTION 'there is no price to trade at'
                USING ERRCODE = 'TR006', DETAIL = jsonb_build_object('market', market);
        END IF;
        price := (
            SELECT rules.tick_size * CASE place_order_for.side
                WHEN 'buy' THEN floor(best_price * (1 + c.value::numeric / 100) / rules.tick_size)
                ELSE greatest(1, ceil(best_price * (1 - c.value::numeric / 100) / rules.tick_size))
            END
            FROM system.system_config AS c WHERE c.key = 'price_collar_pct'
        );
    ELSIF mod(price, rules.tick_size) <> 0 THEN
        RAISE EXCEPTION 'the price is no multiple of the tick'
            USING ERRCODE = 'TR003', DETAIL = jsonb_build_object(
                'price', price::text, 'tick_size', rules.tick_size::text
            );
    ELSIF abs(price - rules.last_price) > rules.last_price * rules.price_band_pct / 100 THEN
        RAISE EXCEPTION 'the price is outside the band'
            USING ERRCODE = 'TR006', DETAIL = jsonb_build_object(
                'price', price::text, 'last_price', rules.last_price::text,
                'price_band_pct', rules.price_band_pct::text
            );
    END IF;
    IF mod(quantity, rules.lot_size) <> 0 OR quantity < rules.min_quantity OR quantity > rules.max_quantity THEN
        RAISE EXCEPTION 'the quantity is no multiple of the lot, or out of bounds'
            USING ERRCODE = 'TR004', DETAIL = jsonb_build_object(
                'quantity', quantity::text, 'lot_size', rules.lot_size::text,
                'min_quantity', rules.min_quantity::text, 'max_quantity', rules.max_quantity::text
            );
    END IF;
    IF price * quantity < rules.min_notional OR price * quantity > rules.max_notional OR price * quantity >= 1e19 THEN
        RAISE EXCEPTION 'the notional is out of bounds'
            USING ERRCODE = 'TR005', DETAIL = jsonb_build_object(
                'notional', (price * quantity)::text, 'min_notional', rules.min_notional::text,
                'max_notional', coalesce(rules.max_notional, 1e19)::text
            );
    END IF;
    placed.created_at := core.uuid7_time(placed.id);
    IF time_in_force = 'gtd'
        AND NOT (expires_at > placed.created_at AND expires_at <= placed.created_at + rules.max_order_age)
    THEN
        RAISE EXCEPTION 'invalid expires_at'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'expires_at', 'max_order_age', rules.max_order_age::text
            );
    END IF;
    new_hold := trading.order_hold(
        side, price, quantity, rules.maker_fee_rate, rules.taker_fee_rate, rules.quote_scale
    );

    -- Write: the hold (TR101 when there is not enough), the order, and what the engine hears of it.
    PERFORM portfolio.post_journal(
        journal_id => placed.id, reason => 'order_hold', ref_id => placed.id,
        user_ids => ARRAY[place_order_for.user_id],
        asset_ids => ARRAY[CASE side WHEN 'buy' THEN rules.quote_asset_id ELSE rules.base_asset_id END],
        d_available => ARRAY[-new_hold], d_held => ARRAY[new_hold]
    );
    INSERT INTO trading.orders (
        id, created_at, updated_at, seq, user_id, market_id, side, type, time_in_force, status, price, quantity, hold,
        hold_asset_id, maker_fee_rate, taker_fee_rate, post_only, stp, on_book, expires_at, client_order_id
    )
    VALUES (
        placed.id, placed.created_at, clock_timestamp(), nextval('trading.command_seq'), place_order_for.user_id,
        pair_id, place_order_for.side, place_order_for.type, place_order_for.time_in_force,
        CASE WHEN rules.engine_acks THEN 'pending' ELSE 'open' END, place_order_for.price, place_order_for.quantity,
        new_hold, CASE place_order_for.side WHEN 'buy' THEN rules.quote_asset_id ELSE rules.base_asset_id END,
        rules.maker_fee_rate, rules.taker_fee_rate, place_order_for.post_only,
        coalesce(place_order_for.stp, rules.default_stp),
        NOT rules.engine_acks AND place_order_for.time_in_force NOT IN ('ioc', 'fok'),
        CASE place_order_for.time_in_force
            WHEN 'gtc' THEN placed.created_at + rules.max_order_age
            WHEN 'gtd' THEN place_order_for.expires_at
            WHEN 'day' THEN date_trunc('day', placed.created_at, 'UTC') + INTERVAL '1 day'
        END, place_order_for.client_order_id
    )
    RETURNING * INTO placed;
    PERFORM trading.tell_engine('place', ARRAY[placed.id]);

    RETURN jsonb_build_object('order', trading.order_json(placed), 'replayed', FALSE);
END
$$;

COMMENT ON FUNCTION trading.place_order_for(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) IS
'Places an order for a user and holds what it may cost; answers {order, replayed}. The same request under the same '
'client_order_id answers with the order it made. TR001 unknown market, TR002 market does not accept, TR003 tick, TR004 '
'quantity, TR005 notional, TR006 band or no price, TR007 combination, TR008 user may not, TR009 too many open, TR010 '
'invalid argument, TR012 unknown user, TR101 not enough, TR204 client_order_id used, TR307 no external engine, TR904 '
'trading disabled. An error leaves nothing behind, the client_order_id neither.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.place_order_for(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

-- A service acts for the user it has authenticated; users themselves call trading.place_order().
GRANT EXECUTE ON FUNCTION trading.place_order_for(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) TO service_role;

COMMIT;
