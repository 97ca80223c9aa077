-- Deploy tradebase:trading/engine_feed to pg
-- requires: market/markets_access
-- requires: trading/engine_commands_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.engine_feed(market text, after bigint, max_rows integer DEFAULT 1000)
RETURNS TABLE (seq bigint, kind text, order_id uuid, created_at timestamptz, payload jsonb)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    pair_id integer;
BEGIN
    SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = engine_feed.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;
    IF after IS NULL OR (max_rows BETWEEN 1 AND 100000) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid %', CASE WHEN after IS NULL THEN 'after' ELSE 'max_rows' END
            USING ERRCODE = 'TR010',
            DETAIL = jsonb_build_object('argument', CASE WHEN after IS NULL THEN 'after' ELSE 'max_rows' END);
    END IF;
    RETURN QUERY
    SELECT c.seq, c.kind, c.order_id, c.created_at, c.payload
    FROM trading.engine_commands AS c
    WHERE c.market_id = pair_id AND c.seq > engine_feed.after
    ORDER BY c.seq
    LIMIT max_rows;
END
$$;

COMMENT ON FUNCTION trading.engine_feed(text, bigint, integer) IS
'What a market''s external engine has to do next: accepted orders, amendments and cancel requests after seq `after` (0 '
'for all), in their order, at most max_rows. Whoever has read up to a seq has missed nothing before it. TR001 unknown '
'market, TR010 invalid argument.';

GRANT CREATE ON SCHEMA trading TO tradebase_kernel;
ALTER FUNCTION trading.engine_feed(text, bigint, integer) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA trading FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION trading.engine_feed(text, bigint, integer) TO tradebase_engine;

COMMIT;
