-- Deploy tradebase:market/assets_fix_scale to pg
-- requires: portfolio/balances_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.assets_fix_scale()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    IF new.scale <> old.scale AND EXISTS (SELECT FROM portfolio.balances AS b WHERE b.asset_id = old.id) THEN
        RAISE EXCEPTION 'the scale of % is fixed: the asset has balances', old.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assets_fix_scale',
            DETAIL = jsonb_build_object('asset', old.code, 'scale', old.scale);
    END IF;
    IF new.scale < old.scale AND EXISTS (
        SELECT FROM market.markets AS m
        WHERE
            (m.base_asset_id = old.id AND min_scale(m.lot_size) > new.scale)
            OR (m.quote_asset_id = old.id AND min_scale(m.tick_size) + min_scale(m.lot_size) > new.scale)
    ) THEN
        RAISE EXCEPTION 'the scale of % is too small for its markets', old.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assets_fix_scale',
            DETAIL = jsonb_build_object('asset', old.code, 'scale', old.scale);
    END IF;
    RETURN new;
END
$$;

COMMENT ON FUNCTION market.assets_fix_scale() IS
'Trigger of market.assets: amounts in the ledger were checked against the scale they found. 23514 when it would change '
'under them, or fall below what price times quantity needs in a market of the asset.';

CREATE TRIGGER assets_fix_scale
BEFORE UPDATE OF scale ON market.assets
FOR EACH ROW EXECUTE FUNCTION market.assets_fix_scale();

GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.assets_fix_scale() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

COMMIT;
