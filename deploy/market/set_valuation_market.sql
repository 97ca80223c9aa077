-- Deploy tradebase:market/set_valuation_market to pg
-- requires: market/markets_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.set_valuation_market(asset text, market text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    coin_id integer;
    pair    record;
BEGIN
    SELECT a.id INTO coin_id FROM market.assets AS a WHERE a.code = set_valuation_market.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    IF market IS NOT NULL THEN
        SELECT m.id, m.base_asset_id, m.quote_asset_id INTO pair
        FROM market.markets AS m
        WHERE m.symbol = set_valuation_market.market;
        IF NOT found THEN
            RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
        END IF;
        IF coin_id NOT IN (pair.base_asset_id, pair.quote_asset_id) THEN
            RAISE EXCEPTION 'the market is none of the asset'
                USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'market', market);
        END IF;
    ELSE
        SELECT NULL::integer AS id INTO pair;
    END IF;

    UPDATE market.assets AS a SET valuation_market_id = pair.id WHERE a.id = coin_id;
    RETURN jsonb_build_object('asset', asset, 'valuation_market', market);
END
$$;

COMMENT ON FUNCTION market.set_valuation_market(text, text) IS
'An operator says by which market''s mark an asset is valued, as its base or its quote, or with NULL by none. TR001 '
'unknown market, TR007 a market of other assets, TR011 unknown asset.';

GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.set_valuation_market(text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

GRANT UPDATE (valuation_market_id) ON market.assets TO tradebase_kernel;

GRANT EXECUTE ON FUNCTION market.set_valuation_market(text, text) TO tradebase_operator;

COMMIT;
