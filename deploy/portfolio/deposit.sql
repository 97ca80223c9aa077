-- Deploy tradebase:portfolio/deposit to pg
-- requires: identity/system_user_id
-- requires: portfolio/post_journal
-- requires: portfolio/transfers_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.deposit(
    user_id uuid, asset text, amount numeric, idempotency_key text, external_ref text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET lock_timeout = '2s'
AS $$
DECLARE
    wrong_argument text;
    owner          identity.users%ROWTYPE;
    coin           market.assets%ROWTYPE;
    transfer       portfolio.transfers%ROWTYPE;
    replayed       boolean;
BEGIN
    -- NaN is above zero and above 1e20: only the upper bound refuses it.
    wrong_argument := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN asset IS NULL THEN 'asset'
        WHEN (amount > 0 AND amount < 1e20) IS NOT TRUE THEN 'amount'
        WHEN NOT core.is_client_key(idempotency_key) THEN 'idempotency_key'
        WHEN external_ref !~ '^[!-~]{1,200}$' THEN 'external_ref'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    WHEN 'amount' THEN 'a number above 0 and below 1e20'
                    WHEN 'idempotency_key' THEN '1 to 64 of A-Z a-z 0-9 _ : + = / . -'
                    WHEN 'external_ref' THEN '1 to 200 printable ASCII characters without blanks'
                    ELSE 'a value'
                END
            );
    END IF;

    SELECT * INTO coin FROM market.assets AS a WHERE a.code = deposit.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    IF min_scale(amount) > coin.scale THEN
        RAISE EXCEPTION 'invalid amount'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'amount', 'expected', format('at most %s decimals', coin.scale)
            );
    END IF;
    SELECT * INTO owner FROM identity.users AS u WHERE u.id = deposit.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;

    -- A concurrent twin waits here, holding nothing, and then finds the row.
    transfer.id := core.uuid7();
    INSERT INTO portfolio.transfers (
        id, user_id, asset_id, kind, status, amount, idempotency_key, external_ref, created_at, completed_at
    )
    VALUES (
        transfer.id, owner.id, coin.id, 'deposit', 'completed', deposit.amount, deposit.idempotency_key,
        deposit.external_ref, core.uuid7_time(transfer.id), core.uuid7_time(transfer.id)
    )
    ON CONFLICT DO NOTHING
    RETURNING * INTO transfer;
    replayed := NOT found;

    IF replayed THEN
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE t.user_id = owner.id AND t.idempotency_key = deposit.idempotency_key;
        IF found THEN
            wrong_argument := 'idempotency_key';
        ELSE
            wrong_argument := 'external_ref';
            SELECT * INTO transfer
            FROM portfolio.transfers AS t
            WHERE t.asset_id = coin.id AND t.external_ref = deposit.external_ref AND t.kind = 'deposit';
        END IF;
        -- Whose the row is stays untold.
        IF (transfer.user_id, transfer.asset_id, transfer.kind, transfer.amount, transfer.external_ref)
            IS DISTINCT FROM (owner.id, coin.id, 'deposit', deposit.amount, deposit.external_ref)
        THEN
            RAISE EXCEPTION '% was used for another deposit', wrong_argument
                USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', wrong_argument),
                HINT = 'Send a new deposit under a new key, or repeat the first one unchanged.';
        END IF;
    ELSE
        IF coin.status NOT IN ('active', 'deposit_only') THEN
            RAISE EXCEPTION 'the asset takes no deposits'
                USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'status', coin.status);
        END IF;
        -- What arrives for a suspended user is theirs and waits for them; a closed account takes nothing more.
        IF owner.status = 'closed' THEN
            RAISE EXCEPTION 'the account is closed'
                USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', owner.status);
        END IF;
        PERFORM portfolio.post_journal(
            journal_id => transfer.id, reason => 'deposit', ref_id => transfer.id,
            user_ids => ARRAY[owner.id, identity.system_user_id('external')],
            asset_ids => ARRAY[coin.id, coin.id],
            d_available => ARRAY[deposit.amount, -deposit.amount],
            d_held => ARRAY[0, 0]
        );
    END IF;

    RETURN jsonb_build_object(
        'id', transfer.id, 'user_id', transfer.user_id, 'asset', coin.code, 'kind', transfer.kind,
        'status', transfer.status, 'amount', trim_scale(transfer.amount)::text, 'fee', trim_scale(transfer.fee)::text,
        'idempotency_key', transfer.idempotency_key, 'external_ref', transfer.external_ref,
        'created_at', transfer.created_at, 'replayed', replayed
    );
END
$$;

COMMENT ON FUNCTION portfolio.deposit(uuid, text, numeric, text, text) IS
'Credits amount units of asset to a user from outside; returns the transfer, amounts as text. Once per idempotency_key '
'of the user and once per external_ref of the asset: the same deposit again answers with the first and replayed true. '
'TR007 asset takes no deposits, TR008 account closed, TR010 invalid argument, TR011 unknown asset, TR012 unknown user, '
'TR401 key or reference used for another deposit.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.deposit(uuid, text, numeric, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

-- Money from outside is credited by the service that saw it arrive, never by a user.
GRANT EXECUTE ON FUNCTION portfolio.deposit(uuid, text, numeric, text, text) TO service_role;

COMMIT;
