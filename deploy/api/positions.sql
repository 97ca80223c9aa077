-- Deploy tradebase:api/positions to pg
-- requires: api/markets
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: trading/positions_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.positions WITH (security_invoker = TRUE) AS
SELECT
    m.symbol AS market,
    p.quantity,
    p.entry_cost,
    p.entry_cost / nullif(p.quantity, 0) AS avg_entry_price,
    p.realized_pnl,
    p.fees,
    s.mark_price,
    s.mark_at,
    CASE WHEN p.quantity = 0 THEN 0 ELSE p.quantity * s.mark_price - p.entry_cost END AS unrealized_pnl,
    p.opened_at,
    p.updated_at
FROM trading.positions AS p
JOIN market.markets AS m ON m.id = p.market_id
LEFT JOIN market.market_state AS s ON s.market_id = p.market_id;

COMMENT ON VIEW api.positions IS
'What my trades in each market add up to; avg_entry_price is null when flat. unrealized_pnl is what closing at the mark '
'would win or lose, before fees; null where there is no mark. JSON clients read numbers as floats: select '
'quantity::text and the like.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.positions TO authenticated, tradebase_support;

CREATE FUNCTION api.markets(api.positions)
RETURNS SETOF api.markets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.markets AS t WHERE t.symbol = $1.market;
END;

COMMENT ON FUNCTION api.markets(api.positions) IS 'Where a position of mine is.';

GRANT EXECUTE ON FUNCTION api.markets(api.positions) TO authenticated, tradebase_support;

COMMIT;
