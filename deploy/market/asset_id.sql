-- Deploy tradebase:market/asset_id to pg
-- requires: market/assets_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.asset_id(asset text)
RETURNS integer
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
BEGIN
    SELECT a.id INTO id FROM market.assets AS a WHERE a.code = asset_id.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    RETURN id;
END
$$;

COMMENT ON FUNCTION market.asset_id(text) IS 'The id of an asset by its code. TR011 unknown asset.';

GRANT EXECUTE ON FUNCTION market.asset_id(text) TO anon, authenticated;

COMMIT;
