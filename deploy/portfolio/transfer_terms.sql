-- Deploy tradebase:portfolio/transfer_terms to pg
-- requires: core/is_client_key
-- requires: identity/users_access
-- requires: market/assets_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.transfer_terms(
    kind text, user_id uuid, asset text, amount numeric, idempotency_key text,
    OUT user_status text, OUT asset_id integer, OUT asset_status text, OUT withdraw_min numeric,
    OUT withdraw_fee numeric
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong_argument text;
    scale          integer;
BEGIN
    -- NaN is above zero and above 1e20: only the upper bound refuses it.
    wrong_argument := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN asset IS NULL THEN 'asset'
        WHEN (abs(amount) > 0 AND abs(amount) < 1e20 AND (amount > 0 OR kind = 'adjustment')) IS NOT TRUE THEN 'amount'
        WHEN NOT core.is_client_key(idempotency_key) THEN 'idempotency_key'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    WHEN 'amount' THEN CASE kind
                        WHEN 'adjustment' THEN 'a number within 1e20 and not 0' ELSE 'a number above 0 and below 1e20'
                    END
                    WHEN 'idempotency_key' THEN '1 to 64 of A-Z a-z 0-9 _ : + = / . -'
                    ELSE 'a value'
                END
            );
    END IF;

    SELECT a.id, a.status, a.scale::integer, a.withdraw_min::numeric, a.withdraw_fee::numeric
    INTO asset_id, asset_status, scale, withdraw_min, withdraw_fee
    FROM market.assets AS a WHERE a.code = transfer_terms.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    IF min_scale(amount) > scale THEN
        RAISE EXCEPTION 'invalid amount'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'amount', 'expected', format('at most %s decimals', scale)
            );
    END IF;
    -- The platform's own accounts ask for nothing and are given nothing.
    SELECT u.status INTO user_status
    FROM identity.users AS u WHERE u.id = transfer_terms.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user'
            USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('argument', 'user_id', 'user_id', user_id);
    END IF;
END
$$;

COMMENT ON FUNCTION portfolio.transfer_terms(text, uuid, text, numeric, text) IS
'What every request to move money of a customer is checked for first, and what is then known of user and asset: their '
'status, the least withdrawal and its fee. An adjustment may be negative. TR010 invalid argument, TR011 unknown asset, '
'TR012 unknown user.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION portfolio.transfer_terms(text, uuid, text, numeric, text) TO tradebase_kernel;

COMMIT;
