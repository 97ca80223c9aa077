-- Deploy tradebase:identity/set_fee_tier to pg
-- requires: identity/users_access
-- requires: market/fee_schedules_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.set_fee_tier(user_id uuid, fee_tier text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
BEGIN
    -- A tier nobody wrote down would quietly pay each market's own rates, as standard does by its name.
    PERFORM FROM market.fee_schedules AS s WHERE s.fee_tier = set_fee_tier.fee_tier;
    IF NOT found AND fee_tier IS DISTINCT FROM 'standard' THEN
        RAISE EXCEPTION 'invalid fee_tier'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'fee_tier', 'expected', 'standard, or a tier that has fees'
            );
    END IF;
    UPDATE identity.users AS u SET fee_tier = set_fee_tier.fee_tier
    WHERE u.id = set_fee_tier.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;
    RETURN jsonb_build_object('user_id', user_id, 'fee_tier', fee_tier);
END
$$;

COMMENT ON FUNCTION identity.set_fee_tier(uuid, text) IS
'An operator puts a customer into a tier of market.fee_schedules, or back into standard. Orders that rest keep the rates '
'they were placed with. TR010 tier without fees, TR012 unknown user.';

GRANT UPDATE (fee_tier) ON identity.users TO tradebase_kernel;
GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.set_fee_tier(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.set_fee_tier(uuid, text) TO tradebase_operator;

COMMIT;
