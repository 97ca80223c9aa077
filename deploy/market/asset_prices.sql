-- Deploy tradebase:market/asset_prices to pg
-- requires: market/market_state_access
-- requires: market/markets_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.asset_prices(reporting_asset_id integer)
RETURNS TABLE (asset_id integer, price numeric, unpriced_market text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    -- From the reporting asset outwards, along the markets by which assets are valued, whichever way they quote.
    WITH RECURSIVE rate AS (
        SELECT r.asset_id, r.in_asset_id, r.price, m.symbol
        FROM market.markets AS m
        LEFT JOIN market.market_state AS s ON s.market_id = m.id
        CROSS JOIN LATERAL (
            VALUES
            (m.base_asset_id, m.quote_asset_id, s.mark_price::numeric),
            -- Thirty decimals, or the quotient would keep sixteen digits.
            (m.quote_asset_id, m.base_asset_id, round(1, 30) / s.mark_price)
        ) AS r (asset_id, in_asset_id, price)
        WHERE m.id IN (SELECT a.valuation_market_id FROM market.assets AS a WHERE a.valuation_market_id IS NOT NULL)
    ),

    walk AS (
        SELECT
            asset_prices.reporting_asset_id AS asset_id, 1::numeric AS price, NULL::text AS unpriced_market,
            ARRAY[asset_prices.reporting_asset_id] AS path
        UNION ALL
        SELECT
            r.asset_id, round(w.price * r.price, 30),
            coalesce(w.unpriced_market, CASE WHEN r.price IS NULL THEN r.symbol END), w.path || r.asset_id
        FROM walk AS w
        JOIN rate AS r ON r.in_asset_id = w.asset_id
        -- No way leads back; who needs more than seven markets is not valued by them.
        WHERE array_position(w.path, r.asset_id) IS NULL AND cardinality(w.path) < 8
    )

    SELECT DISTINCT ON (a.id)
        a.id, w.price, coalesce(w.unpriced_market, CASE WHEN w.asset_id IS NULL THEN m.symbol END)
    FROM market.assets AS a
    LEFT JOIN walk AS w ON w.asset_id = a.id
    LEFT JOIN market.markets AS m ON m.id = a.valuation_market_id
    ORDER BY a.id, w.price IS NULL, cardinality(w.path), w.path;
END;

COMMENT ON FUNCTION market.asset_prices(integer) IS
'What a unit of each asset is worth in the reporting asset, by the marks of the markets that assets are valued by: '
'directly, the other way round, or over others; the shortest way counts. Where price is NULL, unpriced_market is the '
'first on the way without a mark, or the asset''s own that leads elsewhere; NULL too when it has none.';

GRANT EXECUTE ON FUNCTION market.asset_prices(integer) TO tradebase_kernel, tradebase_auditor, tradebase_reporter;

COMMIT;
