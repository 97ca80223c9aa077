-- Deploy tradebase:api/fills to pg
-- requires: api/markets
-- requires: market/assets_access
-- requires: market/markets_access
-- requires: trading/fills_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.fills WITH (security_invoker = TRUE) AS
SELECT
    f.executed_at,
    f.id,
    f.order_id,
    m.symbol AS market,
    f.trade_seq,
    f.side,
    f.liquidity,
    f.price,
    f.quantity,
    f.quote_quantity,
    f.fee,
    a.code AS fee_asset,
    f.fee_rate,
    f.realized_pnl
FROM trading.fills AS f
JOIN market.markets AS m ON m.id = f.market_id
JOIN market.assets AS a ON a.id = f.fee_asset_id;

COMMENT ON VIEW api.fills IS
'My side of my trades; trade_seq finds the trade on the tape. Bound executed_at: without it every month is searched. '
'JSON clients read numbers as floats: select price::text and the like.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.fills TO authenticated, tradebase_support;

CREATE FUNCTION api.markets(api.fills)
RETURNS SETOF api.markets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.markets AS t WHERE t.symbol = $1.market;
END;

COMMENT ON FUNCTION api.markets(api.fills) IS 'Where a fill of mine was traded.';

GRANT EXECUTE ON FUNCTION api.markets(api.fills) TO authenticated, tradebase_support;

COMMIT;
