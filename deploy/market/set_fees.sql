-- Deploy tradebase:market/set_fees to pg
-- requires: market/fee_schedules_access
-- requires: market/markets_access

BEGIN;

CALL ops.guard_deploy();

-- With the operator's own rights: they may write the table, and what is here is only the sense of it.
CREATE FUNCTION market.set_fees(
    fee_tier text, market text, maker_fee_rate numeric, taker_fee_rate numeric
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    wrong_argument text;
    pair_id        integer;
BEGIN
    -- NaN is above every bound.
    wrong_argument := CASE
        WHEN (fee_tier ~ '^[a-z0-9_]{1,32}$') IS NOT TRUE THEN 'fee_tier'
        WHEN (maker_fee_rate BETWEEN -0.01 AND 0.1 AND min_scale(maker_fee_rate) <= 8) IS NOT TRUE
            THEN 'maker_fee_rate'
        WHEN (taker_fee_rate BETWEEN -0.01 AND 0.1 AND min_scale(taker_fee_rate) <= 8) IS NOT TRUE
            THEN 'taker_fee_rate'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    WHEN 'fee_tier' THEN '1 to 32 of a-z 0-9 _'
                    ELSE 'a fraction from -0.01 to 0.1 with at most 8 decimals'
                END
            );
    END IF;
    IF market IS NOT NULL THEN
        SELECT m.id INTO pair_id FROM market.markets AS m WHERE m.symbol = set_fees.market;
        IF NOT found THEN
            RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
        END IF;
    END IF;

    INSERT INTO market.fee_schedules AS s (fee_tier, market_id, maker_fee_rate, taker_fee_rate)
    VALUES (set_fees.fee_tier, pair_id, set_fees.maker_fee_rate, set_fees.taker_fee_rate)
    ON CONFLICT ON CONSTRAINT fee_schedules_fee_tier_market_id_key DO UPDATE
    SET maker_fee_rate = excluded.maker_fee_rate, taker_fee_rate = excluded.taker_fee_rate;
    RETURN jsonb_build_object(
        'fee_tier', fee_tier, 'market', market, 'maker_fee_rate', trim_scale(maker_fee_rate)::text,
        'taker_fee_rate', trim_scale(taker_fee_rate)::text
    );
END
$$;

COMMENT ON FUNCTION market.set_fees(text, text, numeric, numeric) IS
'An operator sets what a tier pays in one market, or with NULL in every market without fees of its own. Orders that rest '
'keep the rates they were placed with. TR001 unknown market, TR010 invalid argument.';

GRANT EXECUTE ON FUNCTION market.set_fees(text, text, numeric, numeric) TO tradebase_operator;

COMMIT;
