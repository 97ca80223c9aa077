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
    pair           market.markets%ROWTYPE;
    trader         identity.users%ROWTYPE;
    placed         trading.orders%ROWTYPE;
    known          trading.client_orders%ROWTYPE;
    request_hash   bytea;
    quote_scale    smallint;
    last_price     numeric;
    best_price     numeric;
    oldest         interval;
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

    SELECT * INTO pair FROM market.markets AS m WHERE m.symbol = place_order_for.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;
    SELECT * INTO trader FROM identity.users AS u WHERE u.id = place_order_for.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;

    -- The key first: a concurrent twin waits here, holding nothing, and then finds the order.
    placed.id := core.uuid7();
    IF client_order_id IS NOT NULL THEN
        request_hash := sha256(convert_to(jsonb_build_object(
            'market', pair.id, 'side', side, 'type', type, 'quantity', trim_scale(quantity), 'price', trim_scale(price),
            'time_in_force', time_in_force, 'post_only', post_only, 'expires_at', expires_at, 'stp', stp
        )::text, 'UTF8'));
        INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
        VALUES (trader.id, place_order_for.client_order_id, placed.id, request_hash)
        ON CONFLICT ON CONSTRAINT client_orders_pkey DO NOTHING;
        IF NOT found THEN
            SELECT * INTO known
            FROM trading.client_orders AS c
            WHERE c.user_id = trader.id AND c.client_order_id = place_order_for.client_order_id;
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
    PERFORM trading.lock_market(pair.id);
    SELECT * INTO pair FROM market.markets AS m WHERE m.id = pair.id;

    IF pair.engine <> 'external' THEN
        RAISE EXCEPTION 'the market is matched by no external engine'
            USING ERRCODE = 'TR307', DETAIL = jsonb_build_object('market', market, 'engine', pair.engine);
    END IF;
    IF NOT (SELECT c.value::boolean FROM system.system_config AS c WHERE c.key = 'trading_enabled') THEN
        RAISE EXCEPTION 'trading is disabled' USING ERRCODE = 'TR904';
    END IF;
    IF pair.status <> 'open' AND NOT (pair.status = 'post_only' AND post_only) THEN
        RAISE EXCEPTION 'the market does not accept the order'
            USING ERRCODE = 'TR002', DETAIL = jsonb_build_object('market', market, 'status', pair.status);
    END IF;
    IF trader.status NOT IN ('active', 'restricted') OR (
        -- Restricted: only what makes a position smaller, with what is open on that side already.
        trader.status = 'restricted' AND NOT coalesce((
            SELECT
                sign(p.quantity) = CASE side WHEN 'sell' THEN 1 ELSE -1 END
                AND abs(p.quantity) >= place_order_for.quantity + coalesce((
                    SELECT sum(o.quantity - o.filled_quantity)
                    FROM partitions.orders_open AS o
                    WHERE o.user_id = trader.id AND o.market_id = pair.id AND o.side = place_order_for.side
                ), 0)
            FROM trading.positions AS p
            WHERE p.user_id = trader.id AND p.market_id = pair.id
        ), FALSE)
    ) THEN
        RAISE EXCEPTION 'the user may not place this order'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', trader.status);
    END IF;
    IF (
        SELECT count(*) FROM partitions.orders_open AS o WHERE o.user_id = trader.id AND o.market_id = pair.id
    ) >= pair.max_open_orders THEN
        RAISE EXCEPTION 'too many open orders'
            USING ERRCODE = 'TR009', DETAIL = jsonb_build_object(
                'market', market, 'max_open_orders', pair.max_open_orders
            );
    END IF;

    -- Compute. A market order may trade from the best price it finds to the collar.
    SELECT s.last_price::numeric INTO last_price FROM market.market_state AS s WHERE s.market_id = pair.id;
    IF type = 'market' THEN
        IF side = 'buy' THEN
            SELECT min(o.price) INTO best_price
            FROM partitions.orders_open AS o WHERE o.market_id = pair.id AND o.side = 'sell' AND o.on_book;
        ELSE
            SELECT max(o.price) INTO best_price
            FROM partitions.orders_open AS o WHERE o.market_id = pair.id AND o.side = 'buy' AND o.on_book;
        END IF;
        best_price := coalesce(best_price, last_price);
        IF best_price IS NULL THEN
            RAISE EXCEPTION 'there is no price to trade at'
                USING ERRCODE = 'TR006', DETAIL = jsonb_build_object('market', market);
        END IF;
        -- The last tick inside the collar.
        price := (
            SELECT CASE place_order_for.side
                WHEN 'buy' THEN floor(best_price * (1 + c.value::numeric / 100) / pair.tick_size)
                ELSE greatest(1, ceil(best_price * (1 - c.value::numeric / 100) / pair.tick_size))
            END * pair.tick_size
            FROM system.system_config AS c WHERE c.key = 'price_collar_pct'
        );
    ELSIF mod(price, pair.tick_size) <> 0 THEN
        RAISE EXCEPTION 'the price is no multiple of the tick'
            USING ERRCODE = 'TR003', DETAIL = jsonb_build_object(
                'price', price::text, 'tick_size', pair.tick_size::text
            );
    ELSIF abs(price - last_price) > last_price * pair.price_band_pct / 100 THEN
        RAISE EXCEPTION 'the price is outside the band'
            USING ERRCODE = 'TR006', DETAIL = jsonb_build_object(
                'price', price::text, 'last_price', last_price::text, 'price_band_pct', pair.price_band_pct::text
            );
    END IF;
    IF mod(quantity, pair.lot_size) <> 0 OR quantity < pair.min_quantity OR quantity > pair.max_quantity THEN
        RAISE EXCEPTION 'the quantity is no multiple of the lot, or out of bounds'
            USING ERRCODE = 'TR004', DETAIL = jsonb_build_object(
                'quantity', quantity::text, 'lot_size', pair.lot_size::text, 'min_quantity', pair.min_quantity::text,
                'max_quantity', pair.max_quantity::text
            );
    END IF;
    IF price * quantity < pair.min_notional OR price * quantity > pair.max_notional OR price * quantity >= 1e19 THEN
        RAISE EXCEPTION 'the notional is out of bounds'
            USING ERRCODE = 'TR005', DETAIL = jsonb_build_object(
                'notional', (price * quantity)::text, 'min_notional', pair.min_notional::text,
                'max_notional', coalesce(pair.max_notional, 1e19)::text
            );
    END IF;

    placed.created_at := core.uuid7_time(placed.id);
    SELECT (c.value #>> '{}')::interval INTO oldest FROM system.system_config AS c WHERE c.key = 'max_order_age';
    IF time_in_force = 'gtd' AND NOT (expires_at > placed.created_at AND expires_at <= placed.created_at + oldest) THEN
        RAISE EXCEPTION 'invalid expires_at'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'expires_at', 'max_order_age', oldest::text
            );
    END IF;

    SELECT a.scale INTO quote_scale FROM market.assets AS a WHERE a.id = pair.quote_asset_id;
    SELECT f.maker_fee_rate, f.taker_fee_rate INTO placed.maker_fee_rate, placed.taker_fee_rate
    FROM market.fee_schedules AS f
    WHERE f.fee_tier = trader.fee_tier AND (f.market_id = pair.id OR f.market_id IS NULL)
    ORDER BY f.market_id NULLS LAST
    LIMIT 1;

    placed.user_id := trader.id;
    placed.market_id := pair.id;
    placed.side := side;
    placed.type := type;
    placed.time_in_force := time_in_force;
    placed.status := CASE WHEN pair.engine_acks THEN 'pending' ELSE 'open' END;
    placed.on_book := NOT pair.engine_acks;
    placed.price := price;
    placed.quantity := quantity;
    placed.filled_quantity := 0;
    placed.filled_quote := 0;
    placed.fee_total := 0;
    placed.maker_fee_rate := coalesce(placed.maker_fee_rate, pair.maker_fee_rate);
    placed.taker_fee_rate := coalesce(placed.taker_fee_rate, pair.taker_fee_rate);
    placed.post_only := post_only;
    placed.stp := coalesce(stp, pair.default_stp);
    placed.client_order_id := client_order_id;
    placed.expires_at := CASE time_in_force
        WHEN 'gtc' THEN placed.created_at + oldest
        WHEN 'gtd' THEN expires_at
        WHEN 'day' THEN date_trunc('day', placed.created_at, 'UTC') + INTERVAL '1 day'
    END;
    placed.hold := trading.order_hold(
        side, price, quantity, placed.maker_fee_rate, placed.taker_fee_rate, quote_scale
    );
    placed.hold_asset_id := CASE side WHEN 'buy' THEN pair.quote_asset_id ELSE pair.base_asset_id END;
    placed.closed_at := 'infinity';
    placed.version := 1;

    -- Write: the hold (TR101 when there is not enough), the order, and what the engine hears of it.
    PERFORM portfolio.post_journal(
        journal_id => placed.id, reason => 'order_hold', ref_id => placed.id, user_ids => ARRAY[trader.id],
        asset_ids => ARRAY[placed.hold_asset_id], d_available => ARRAY[-placed.hold], d_held => ARRAY[placed.hold]
    );
    placed.seq := nextval('trading.command_seq');
    placed.updated_at := clock_timestamp();
    INSERT INTO trading.orders SELECT placed.*;
    PERFORM trading.tell_engine('place', placed);

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
