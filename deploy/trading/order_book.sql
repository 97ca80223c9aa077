-- Deploy tradebase:trading/order_book to pg
-- requires: market/markets_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.order_book(market text, depth integer DEFAULT 50)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    pair_id integer;
BEGIN
    SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = order_book.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;
    IF (depth BETWEEN 1 AND 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid depth'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'depth', 'expected', '1 to 1000');
    END IF;
    RETURN jsonb_build_object(
        'market', market,
        'bids', (
            SELECT coalesce(jsonb_agg(jsonb_build_array(
                trim_scale(b.price)::text, trim_scale(b.quantity)::text, b.orders
            ) ORDER BY b.price DESC), '[]')
            FROM (
                SELECT o.price, sum(o.quantity - o.filled_quantity) AS quantity, count(*) AS orders
                FROM partitions.orders_open AS o
                WHERE o.market_id = pair_id AND o.side = 'buy' AND o.on_book
                GROUP BY o.price
                ORDER BY o.price DESC
                LIMIT depth
            ) AS b
        ),
        'asks', (
            SELECT coalesce(jsonb_agg(jsonb_build_array(
                trim_scale(a.price)::text, trim_scale(a.quantity)::text, a.orders
            ) ORDER BY a.price), '[]')
            FROM (
                SELECT o.price, sum(o.quantity - o.filled_quantity) AS quantity, count(*) AS orders
                FROM partitions.orders_open AS o
                WHERE o.market_id = pair_id AND o.side = 'sell' AND o.on_book
                GROUP BY o.price
                ORDER BY o.price
                LIMIT depth
            ) AS a
        )
    );
END
$$;

COMMENT ON FUNCTION trading.order_book(text, integer) IS
'The open book of a market by price level: {market, bids, asks}, the best first, each level [price, quantity, orders] '
'with amounts as text. Whose orders they are it does not tell. TR001 unknown market, TR010 depth outside 1 to 1000.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.order_book(text, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.order_book(text, integer) TO anon, authenticated;

COMMIT;
