-- Deploy tradebase:trading/refuse_order to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.refuse_order(code text, place_in_batch bigint, facts jsonb)
RETURNS void
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    told CONSTANT text[] := (CASE code
        WHEN 'TR001' THEN '{market}'
        WHEN 'TR002' THEN '{market,status}'
        WHEN 'TR003' THEN '{price,tick_size}'
        WHEN 'TR004' THEN '{quantity,lot_size,min_quantity,max_quantity}'
        WHEN 'TR005' THEN '{notional,min_notional,max_notional}'
        WHEN 'TR006' THEN CASE WHEN facts ->> 'price' IS NULL THEN '{market}' ELSE '{price,last_price,price_band_pct}' END
        WHEN 'TR007' THEN '{type,time_in_force,post_only,expires_at}'
        WHEN 'TR008' THEN '{status}'
        WHEN 'TR009' THEN '{market,max_open_orders}'
        WHEN 'TR010' THEN CASE facts ->> 'argument' WHEN 'expires_at' THEN '{argument,max_order_age}' ELSE '{argument}' END
        WHEN 'TR012' THEN '{user_id}'
        WHEN 'TR204' THEN '{client_order_id}'
        WHEN 'TR307' THEN '{market,engine}'
        ELSE '{}'
    END)::text[];
BEGIN
    RAISE EXCEPTION '%', CASE code
        WHEN 'TR001' THEN 'unknown market'
        WHEN 'TR002' THEN 'the market does not accept the order'
        WHEN 'TR003' THEN 'the price is no multiple of the tick'
        WHEN 'TR004' THEN 'the quantity is no multiple of the lot, or out of bounds'
        WHEN 'TR005' THEN 'the notional is out of bounds'
        WHEN 'TR006' THEN CASE
            WHEN facts ->> 'price' IS NULL THEN 'there is no price to trade at' ELSE 'the price is outside the band'
        END
        WHEN 'TR007' THEN 'these do not go together'
        WHEN 'TR008' THEN 'the user may not place this order'
        WHEN 'TR009' THEN 'too many open orders'
        WHEN 'TR010' THEN 'invalid ' || (facts ->> 'argument')
        WHEN 'TR012' THEN 'unknown user'
        WHEN 'TR204' THEN 'client_order_id was used for another order'
        WHEN 'TR307' THEN 'the market is matched by no external engine'
        WHEN 'TR904' THEN 'trading is disabled'
    END
    USING ERRCODE = code, DETAIL = CASE
        WHEN place_in_batch IS NULL THEN '{}' ELSE jsonb_build_object('index', place_in_batch)
    END || coalesce((
        SELECT jsonb_object_agg(
            k.key, facts -> CASE WHEN code = 'TR008' THEN 'user_status' ELSE k.key END
        )
        FROM unnest(told) AS k (key)
    ), '{}');
END
$$;

COMMENT ON FUNCTION trading.refuse_order(text, bigint, jsonb) IS
'Raises the error of a refused order: its words, and of facts what belongs to the code as DETAIL; in a batch with the '
'index of the element, counted from 0.';

GRANT EXECUTE ON FUNCTION trading.refuse_order(text, bigint, jsonb) TO tradebase_kernel;

COMMIT;
