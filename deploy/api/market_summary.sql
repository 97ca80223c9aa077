-- Deploy tradebase:api/market_summary to pg
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: system/topic_version
-- requires: trading/order_book

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.market_summary(market text, depth integer DEFAULT 10)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
RETURN trading.order_book(market, depth) || (
    SELECT jsonb_build_object(
        'status', m.status, 'last_price', trim_scale(s.last_price)::text, 'last_trade_at', s.last_trade_at,
        'last_trade_seq', coalesce(s.last_trade_seq, 0), 'mark_price', trim_scale(s.mark_price)::text,
        'mark_at', s.mark_at, 'version', system.topic_version('market:' || m.symbol)
    )
    FROM market.markets AS m
    LEFT JOIN market.market_state AS s ON s.market_id = m.id
    WHERE m.symbol = market_summary.market
);

COMMENT ON FUNCTION api.market_summary(text, integer) IS
'A market at a glance: {market, status, last_price, last_trade_at, last_trade_seq, mark_price, mark_at, bids, asks, '
'version}, amounts as text, depth levels of each side as {price, quantity, orders}. Of two answers the one with the higher '
'version is the later. TR001 unknown market, TR010 invalid depth.';

GRANT EXECUTE ON FUNCTION api.market_summary(text, integer) TO anon, authenticated;

COMMIT;
