-- Deploy tradebase:market/market_id to pg
-- requires: market/markets_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.market_id(market text)
RETURNS integer
LANGUAGE plpgsql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id integer;
BEGIN
    SELECT m.id INTO id FROM market.markets AS m WHERE m.symbol = market_id.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;
    RETURN id;
END
$$;

COMMENT ON FUNCTION market.market_id(text) IS 'The id of a market by its symbol. TR001 unknown market.';

GRANT EXECUTE ON FUNCTION market.market_id(text) TO anon, authenticated;

COMMIT;
