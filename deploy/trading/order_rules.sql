-- Deploy tradebase:trading/order_rules to pg
-- requires: market/fee_schedules_access
-- requires: market/market_state_access
-- requires: system/system_config_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

-- One query in a standard body: it is inlined where it stands in FROM.
CREATE FUNCTION trading.order_rules(user_id uuid, market_id integer)
RETURNS TABLE (
    symbol text, status text, engine text, engine_acks boolean, base_asset_id integer, quote_asset_id integer,
    quote_scale integer, tick_size numeric, lot_size numeric, min_quantity numeric, max_quantity numeric,
    min_notional numeric, max_notional numeric, price_band_pct numeric, max_open_orders integer, default_stp text,
    maker_fee_rate numeric, taker_fee_rate numeric, user_status text, last_price numeric, trading_enabled boolean,
    max_order_age interval, open_orders bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        m.symbol, m.status, m.engine, m.engine_acks, m.base_asset_id, m.quote_asset_id, q.scale::integer,
        m.tick_size::numeric, m.lot_size::numeric, m.min_quantity::numeric, m.max_quantity::numeric,
        m.min_notional::numeric, m.max_notional::numeric, m.price_band_pct, m.max_open_orders, m.default_stp,
        coalesce(f.maker_fee_rate, m.maker_fee_rate)::numeric, coalesce(f.taker_fee_rate, m.taker_fee_rate)::numeric,
        u.status AS user_status, s.last_price::numeric,
        (SELECT c.value::boolean FROM system.system_config AS c WHERE c.key = 'trading_enabled'),
        (SELECT (c.value #>> '{}')::interval FROM system.system_config AS c WHERE c.key = 'max_order_age'),
        (SELECT count(*) FROM partitions.orders_open AS o WHERE o.user_id = u.id AND o.market_id = m.id)
    FROM market.markets AS m
    JOIN market.assets AS q ON q.id = m.quote_asset_id
    JOIN identity.users AS u ON u.id = order_rules.user_id
    LEFT JOIN market.market_state AS s ON s.market_id = m.id
    LEFT JOIN LATERAL (
        SELECT t.maker_fee_rate, t.taker_fee_rate
        FROM market.fee_schedules AS t
        WHERE t.fee_tier = u.fee_tier AND (t.market_id = m.id OR t.market_id IS NULL)
        ORDER BY t.market_id NULLS LAST
        LIMIT 1
    ) AS f ON TRUE
    WHERE m.id = order_rules.market_id;
END;

COMMENT ON FUNCTION trading.order_rules(uuid, integer) IS
'All that decides about a new order of a user in a market, but for their money: the market''s rules, state and fees, '
'the platform''s switches, the user''s status and open orders. The caller holds the market''s lock.';

GRANT EXECUTE ON FUNCTION trading.order_rules(uuid, integer) TO tradebase_kernel;

COMMIT;
