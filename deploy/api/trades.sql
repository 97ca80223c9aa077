-- Deploy tradebase:api/trades to pg
-- requires: market/markets_access
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.trades WITH (security_invoker = TRUE) AS
SELECT
    m.symbol AS market,
    t.seq,
    t.executed_at,
    t.price,
    t.quantity,
    t.quote_quantity,
    t.taker_side
FROM trading.trades AS t
JOIN market.markets AS m ON m.id = t.market_id;

COMMENT ON VIEW api.trades IS
'The public tape. Read a market newest first by seq, and go on with seq < the last one seen. Nobody''s order is on it. '
'JSON clients read numbers as floats: select price::text and the like.';

GRANT SELECT ON api.trades TO anon, authenticated;

COMMIT;
