-- Deploy tradebase:api/trade_busts to pg
-- requires: market/markets_access
-- requires: trading/trade_busts_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.trade_busts WITH (security_invoker = TRUE) AS
SELECT
    m.symbol AS market,
    b.trade_seq,
    b.created_at
FROM trading.trade_busts AS b
JOIN market.markets AS m ON m.id = b.market_id;

COMMENT ON VIEW api.trade_busts IS
'Trades of the public tape that were taken back and no longer count; the tape itself stays as it was.';

GRANT SELECT ON api.trade_busts TO anon, authenticated;

COMMIT;
