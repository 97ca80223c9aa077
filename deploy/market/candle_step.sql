-- Deploy tradebase:market/candle_step to pg
-- requires: market/candle_length

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.candle_step("interval" text, from_at timestamptz, to_at timestamptz)
RETURNS interval
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    step    CONSTANT interval := market.candle_length("interval");
    refused text;
BEGIN
    refused := CASE
        WHEN step IS NULL THEN 'interval'
        WHEN isfinite(from_at) IS NOT TRUE THEN 'from_at'
        WHEN (isfinite(to_at) AND to_at > from_at) IS NOT TRUE THEN 'to_at'
        WHEN extract(EPOCH FROM to_at - from_at) > 1000 * extract(EPOCH FROM step) THEN 'to_at'
    END;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', refused
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', refused, 'expected', CASE refused
                WHEN 'interval' THEN '1m, 5m, 15m, 1h, 4h, 1d or 1w'
                WHEN 'from_at' THEN 'a time'
                ELSE 'a time after from_at, and no more than 1000 candles later'
            END);
    END IF;
    RETURN step;
END
$$;

COMMENT ON FUNCTION market.candle_step(text, timestamptz, timestamptz) IS
'How long a candle is of which somebody asks for a stretch. TR010 no such interval, from_at not before to_at, or more '
'than 1000 candles.';

GRANT EXECUTE ON FUNCTION market.candle_step(text, timestamptz, timestamptz) TO anon, authenticated;

COMMIT;
