-- Deploy tradebase:market/set_mark_price to pg
-- requires: events/outbox_access
-- requires: market/market_state_access
-- requires: market/markets_access
-- requires: trading/lock_market

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.set_mark_price(market text, price numeric, at timestamptz)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    wrong_argument text;
    pair_id        integer;
    is_set         boolean;
    mark           record;
BEGIN
    -- NaN is above every bound. A mark of a later day would keep the true ones out; a minute is what clocks differ by.
    wrong_argument := CASE
        WHEN (price > 0 AND price < 1e18 AND min_scale(price) <= 18) IS NOT TRUE THEN 'price'
        WHEN (at > '-infinity' AND at <= clock_timestamp() + INTERVAL '1 minute') IS NOT TRUE THEN 'at'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    WHEN 'price' THEN 'above 0, below 1e18, with at most 18 decimals' ELSE 'a time that has come'
                END
            );
    END IF;
    SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = set_mark_price.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;

    -- What comes late or twice changes nothing: feeds send again, and not in order. Behind the market's lock, as all that
    -- it tells.
    PERFORM trading.lock_market(pair_id);
    INSERT INTO market.market_state AS s (market_id, mark_price, mark_at)
    VALUES (pair_id, set_mark_price.price, set_mark_price.at)
    ON CONFLICT ON CONSTRAINT market_state_pkey DO UPDATE
    SET mark_price = excluded.mark_price, mark_at = excluded.mark_at, updated_at = clock_timestamp()
    WHERE (s.mark_at < excluded.mark_at) IS NOT FALSE;
    is_set := found;

    IF is_set THEN
        INSERT INTO events.outbox (topic, event, payload)
        VALUES (
            'market:' || market, 'mark',
            jsonb_build_object('mark_price', trim_scale(price)::text, 'mark_at', at)
        );
    END IF;
    SELECT s.mark_price::numeric, s.mark_at INTO mark FROM market.market_state AS s WHERE s.market_id = pair_id;
    RETURN jsonb_build_object(
        'market', market, 'mark_price', trim_scale(mark.mark_price)::text, 'mark_at', mark.mark_at, 'is_set', is_set
    );
END
$$;

COMMENT ON FUNCTION market.set_mark_price(text, numeric, timestamptz) IS
'Sets the price at which positions and holdings in a market are valued, true at a time; returns the mark that stands, '
'its price as text, and is_set: false when one of the same time or a later one was there. TR001 unknown market, TR010 '
'invalid argument, 55P03 a settlement of the market took longer than two seconds.';

GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.set_mark_price(text, numeric, timestamptz) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

-- Prices come from the service that follows them, or the engine that makes them; no user says what something is worth.
GRANT EXECUTE ON FUNCTION market.set_mark_price(text, numeric, timestamptz) TO service_role, tradebase_engine;

COMMIT;
