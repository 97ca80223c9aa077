-- Deploy tradebase:portfolio/request_withdrawal_for to pg
-- requires: core/is_client_key
-- requires: portfolio/post_journal
-- requires: portfolio/transfer_json

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.request_withdrawal_for(
    user_id uuid, asset text, amount numeric, idempotency_key text, destination text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    wrong_argument text;
    owner          identity.users%ROWTYPE;
    coin           market.assets%ROWTYPE;
    transfer       portfolio.transfers%ROWTYPE;
BEGIN
    -- NaN is above zero and above 1e20: only the upper bound refuses it.
    wrong_argument := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN asset IS NULL THEN 'asset'
        WHEN (amount > 0 AND amount < 1e20) IS NOT TRUE THEN 'amount'
        WHEN NOT core.is_client_key(idempotency_key) THEN 'idempotency_key'
        WHEN destination !~ '^[!-~]{1,200}$' THEN 'destination'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    WHEN 'amount' THEN 'a number above 0 and below 1e20'
                    WHEN 'idempotency_key' THEN '1 to 64 of A-Z a-z 0-9 _ : + = / . -'
                    WHEN 'destination' THEN '1 to 200 printable ASCII characters without blanks'
                    ELSE 'a value'
                END
            );
    END IF;

    SELECT * INTO coin FROM market.assets AS a WHERE a.code = request_withdrawal_for.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    IF min_scale(amount) > coin.scale THEN
        RAISE EXCEPTION 'invalid amount'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'amount', 'expected', format('at most %s decimals', coin.scale)
            );
    END IF;
    SELECT * INTO owner
    FROM identity.users AS u WHERE u.id = request_withdrawal_for.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;

    -- A concurrent twin waits here, holding nothing, and then finds the row.
    transfer.id := core.uuid7();
    INSERT INTO portfolio.transfers (
        id, user_id, asset_id, kind, status, amount, fee, idempotency_key, destination, created_at
    )
    VALUES (
        transfer.id, owner.id, coin.id, 'withdrawal', 'pending', request_withdrawal_for.amount, coin.withdraw_fee,
        request_withdrawal_for.idempotency_key, request_withdrawal_for.destination, core.uuid7_time(transfer.id)
    )
    ON CONFLICT ON CONSTRAINT transfers_user_id_idempotency_key_key DO NOTHING
    RETURNING * INTO transfer;
    IF NOT found THEN
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE t.user_id = owner.id AND t.idempotency_key = request_withdrawal_for.idempotency_key;
        IF (transfer.kind, transfer.asset_id, transfer.amount, transfer.destination)
            IS DISTINCT FROM ('withdrawal', coin.id, request_withdrawal_for.amount, request_withdrawal_for.destination)
        THEN
            RAISE EXCEPTION 'idempotency_key was used for another transfer'
                USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', 'idempotency_key'),
                HINT = 'Request a new withdrawal under a new key, or repeat the first one unchanged.';
        END IF;
        RETURN portfolio.transfer_json(transfer, replayed => TRUE);
    END IF;

    IF coin.status NOT IN ('active', 'withdraw_only') THEN
        RAISE EXCEPTION 'the asset takes no withdrawals'
            USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'status', coin.status);
    END IF;
    IF owner.status <> 'active' THEN
        RAISE EXCEPTION 'the user may not withdraw'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', owner.status);
    END IF;
    IF amount < coin.withdraw_min THEN
        RAISE EXCEPTION 'invalid amount'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'amount', 'expected', format('at least %s', trim_scale(coin.withdraw_min))
            );
    END IF;
    PERFORM portfolio.post_journal(
        journal_id => transfer.id, reason => 'withdrawal_hold', ref_id => transfer.id,
        user_ids => ARRAY[owner.id], asset_ids => ARRAY[coin.id],
        d_available => ARRAY[-(transfer.amount + transfer.fee)], d_held => ARRAY[transfer.amount + transfer.fee]
    );
    RETURN portfolio.transfer_json(transfer, replayed => FALSE);
END
$$;

COMMENT ON FUNCTION portfolio.request_withdrawal_for(uuid, text, numeric, text, text) IS
'Holds amount and the asset''s fee for a withdrawal by a user; returns the transfer, which is pending until it is '
'completed or canceled. Once per idempotency_key of the user: the same request again answers with the first, as it is '
'by then. TR007 asset takes no withdrawals, TR008 user may not withdraw, TR010 invalid argument or less than the '
'asset''s least, TR011 unknown asset, TR012 unknown user, TR101 insufficient available balance, TR401 key used for '
'another transfer.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.request_withdrawal_for(uuid, text, numeric, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.request_withdrawal_for(uuid, text, numeric, text, text) TO service_role;

COMMIT;
