-- Deploy tradebase:trading/place_order_for to pg
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
    flaw         CONSTANT text := trading.order_flaw(
        user_id, market, side, type, quantity, price, time_in_force, client_order_id, post_only, expires_at, stp
    );
    pair_id      integer;
    is_customer  boolean;
    placed       trading.orders%ROWTYPE;
    known        trading.client_orders%ROWTYPE;
    request_hash bytea;
    rules        record;
    refusal      text;
    new_hold     numeric;
BEGIN
    IF flaw IS NOT NULL THEN
        PERFORM trading.refuse_order(
            CASE flaw WHEN 'combination' THEN 'TR007' ELSE 'TR010' END, NULL, jsonb_build_object(
                'argument', flaw, 'type', type, 'time_in_force', time_in_force, 'post_only', post_only,
                'expires_at', expires_at
            )
        );
    END IF;
    time_in_force := coalesce(time_in_force, CASE type WHEN 'market' THEN 'ioc' ELSE 'gtc' END);
    SELECT
        (SELECT m.id FROM market.markets AS m WHERE m.symbol = place_order_for.market),
        EXISTS (SELECT FROM identity.users AS u WHERE u.id = place_order_for.user_id AND u.kind = 'customer')
    INTO pair_id, is_customer;
    IF pair_id IS NULL OR NOT is_customer THEN
        PERFORM trading.refuse_order(
            CASE WHEN pair_id IS NULL THEN 'TR001' ELSE 'TR012' END, NULL,
            jsonb_build_object('market', market, 'user_id', user_id)
        );
    END IF;

    -- The key first: a concurrent twin waits here, holding nothing, and then finds the order.
    placed.id := core.uuid7();
    IF client_order_id IS NOT NULL THEN
        request_hash := trading.request_hash(
            pair_id, side, type, quantity, price, time_in_force, post_only, expires_at, stp
        );
        INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
        VALUES (place_order_for.user_id, place_order_for.client_order_id, placed.id, request_hash)
        ON CONFLICT ON CONSTRAINT client_orders_pkey DO NOTHING;
        IF NOT found THEN
            SELECT * INTO known
            FROM trading.client_orders AS c
            WHERE c.user_id = place_order_for.user_id AND c.client_order_id = place_order_for.client_order_id;
            IF known.request_hash <> request_hash THEN
                PERFORM trading.refuse_order(
                    'TR204', NULL, jsonb_build_object('client_order_id', client_order_id)
                );
            END IF;
            SELECT * INTO placed
            FROM trading.orders AS o
            WHERE o.id = known.order_id AND o.closed_at >= core.uuid7_time(known.order_id);
            RETURN jsonb_build_object(
                'order', trading.order_json(placed), 'replayed', TRUE, 'write_token', core.write_token()
            );
        END IF;
    END IF;

    -- Lock. What follows sees the book and the market as nobody can change them meanwhile.
    PERFORM trading.lock_market(pair_id);
    SELECT r.* INTO rules FROM trading.order_rules(place_order_for.user_id, pair_id) AS r;

    -- Compute.
    placed.created_at := core.uuid7_time(placed.id);
    IF type = 'market' THEN
        price := trading.collar_price(pair_id, side, rules.tick_size, rules.last_price);
    END IF;
    refusal := trading.order_refusal(
        rules.engine, rules.trading_enabled, rules.status, post_only, rules.user_status,
        rules.user_status = 'restricted' AND trading.reduces_position(user_id, pair_id, side, quantity),
        rules.open_orders, rules.max_open_orders, type, price, rules.tick_size, rules.last_price,
        rules.price_band_pct, quantity, rules.lot_size, rules.min_quantity, rules.max_quantity, rules.min_notional,
        rules.max_notional, time_in_force, expires_at, placed.created_at, rules.max_order_age
    );
    IF refusal IS NOT NULL THEN
        PERFORM trading.refuse_order(refusal, NULL, trading.order_facts(user_id, pair_id, price, quantity));
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

    RETURN jsonb_build_object(
        'order', trading.order_json(placed), 'replayed', FALSE, 'write_token', core.write_token()
    );
END
$$;

COMMENT ON FUNCTION trading.place_order_for(
    uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text
) IS
'Places an order for a user and holds what it may cost; answers {order, replayed, write_token}. The same request under the same '
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
