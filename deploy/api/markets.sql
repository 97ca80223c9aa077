-- Deploy tradebase:api/markets to pg
-- requires: api/assets
-- requires: market/markets_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.markets WITH (security_invoker = TRUE) AS
SELECT
    m.symbol,
    m.venue,
    m.kind,
    b.code AS base_asset,
    q.code AS quote_asset,
    m.status,
    m.tick_size,
    m.lot_size,
    m.min_quantity,
    m.max_quantity,
    m.min_notional,
    m.max_notional,
    m.price_band_pct,
    m.maker_fee_rate,
    m.taker_fee_rate,
    m.max_open_orders,
    m.default_stp,
    m.listed_at
FROM market.markets AS m
JOIN market.assets AS b ON b.id = m.base_asset_id
JOIN market.assets AS q ON q.id = m.quote_asset_id;

COMMENT ON VIEW api.markets IS
'What can be traded, and the rules an order keeps there. JSON clients read numbers as floats: select tick_size::text '
'and the like. A function of a view''s row, like api.base(api.markets), is what PostgREST embeds: select=*,base(*).';

GRANT SELECT ON api.markets
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

CREATE FUNCTION api.base(api.markets)
RETURNS SETOF api.assets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT a.* FROM api.assets AS a WHERE a.code = $1.base_asset;
END;

COMMENT ON FUNCTION api.base(api.markets) IS 'The asset that changes hands in a market.';

GRANT EXECUTE ON FUNCTION api.base(api.markets)
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

CREATE FUNCTION api.quote(api.markets)
RETURNS SETOF api.assets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT a.* FROM api.assets AS a WHERE a.code = $1.quote_asset;
END;

COMMENT ON FUNCTION api.quote(api.markets) IS 'The asset that a market''s prices and fees are in.';

GRANT EXECUTE ON FUNCTION api.quote(api.markets)
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
