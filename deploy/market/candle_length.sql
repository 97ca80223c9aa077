-- Deploy tradebase:market/candle_length to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- In hours, never in days: a day of timestamptz arithmetic is a day of the session's time zone, 23 or 25 hours long
-- twice a year.
CREATE FUNCTION market.candle_length("interval" text)
RETURNS interval
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN CASE candle_length.interval
    WHEN '1m' THEN INTERVAL '1 minute'
    WHEN '5m' THEN INTERVAL '5 minutes'
    WHEN '15m' THEN INTERVAL '15 minutes'
    WHEN '1h' THEN INTERVAL '1 hour'
    WHEN '4h' THEN INTERVAL '4 hours'
    WHEN '1d' THEN INTERVAL '24 hours'
    WHEN '1w' THEN INTERVAL '168 hours'
END;

COMMENT ON FUNCTION market.candle_length(text) IS
'How long a candle of this interval is; NULL for what is no interval. Buckets are counted in UTC from 2001-01-01, a '
'Monday.';

GRANT EXECUTE ON FUNCTION market.candle_length(text) TO anon, authenticated, tradebase_kernel;

COMMIT;
