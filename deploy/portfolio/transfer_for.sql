-- Deploy tradebase:portfolio/transfer_for to pg
-- requires: core/is_client_key
-- requires: portfolio/post_journal
-- requires: portfolio/transfer_json

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.transfer_for(
    user_id uuid, to_user_id uuid, asset text, amount numeric, idempotency_key text
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
    available      numeric;
BEGIN
    wrong_argument := CASE
        WHEN user_id IS NULL THEN 'user_id'
        WHEN to_user_id IS NULL OR to_user_id = user_id THEN 'to_user_id'
        WHEN asset IS NULL THEN 'asset'
        WHEN (amount > 0 AND amount < 1e20) IS NOT TRUE THEN 'amount'
        WHEN NOT core.is_client_key(idempotency_key) THEN 'idempotency_key'
    END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', wrong_argument,
                'expected', CASE wrong_argument
                    WHEN 'to_user_id' THEN 'another user'
                    WHEN 'amount' THEN 'a number above 0 and below 1e20'
                    WHEN 'idempotency_key' THEN '1 to 64 of A-Z a-z 0-9 _ : + = / . -'
                    ELSE 'a value'
                END
            );
    END IF;

    SELECT * INTO coin FROM market.assets AS a WHERE a.code = transfer_for.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    IF min_scale(amount) > coin.scale THEN
        RAISE EXCEPTION 'invalid amount'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'amount', 'expected', format('at most %s decimals', coin.scale)
            );
    END IF;
    SELECT * INTO owner FROM identity.users AS u WHERE u.id = transfer_for.user_id AND u.kind = 'customer';
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('argument', 'user_id');
    END IF;

    SELECT * INTO transfer
    FROM portfolio.transfers AS t
    WHERE t.user_id = owner.id AND t.idempotency_key = transfer_for.idempotency_key;
    IF NOT found THEN
        IF coin.status = 'disabled' THEN
            RAISE EXCEPTION 'the asset takes no transfers'
                USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'status', coin.status);
        END IF;
        IF owner.status <> 'active' THEN
            RAISE EXCEPTION 'the user may not send'
                USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', owner.status);
        END IF;
        -- Before the receiver: who cannot pay is not told who exists. The journal decides, under the lock.
        SELECT b.available::numeric INTO available
        FROM portfolio.balances AS b WHERE b.user_id = owner.id AND b.asset_id = coin.id;
        IF coalesce(available, 0) < amount THEN
            RAISE EXCEPTION 'insufficient available balance'
                USING ERRCODE = 'TR101', DETAIL = jsonb_build_object(
                    'asset', asset, 'needed', amount::text, 'available', coalesce(available, 0)::text
                );
        END IF;
        -- A closed account and the platform's own are as unknown as nobody. For a suspended user it waits.
        PERFORM
        FROM identity.users AS u
        WHERE u.id = transfer_for.to_user_id AND u.kind = 'customer' AND u.status <> 'closed';
        IF NOT found THEN
            RAISE EXCEPTION 'unknown user'
                USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('argument', 'to_user_id');
        END IF;

        -- A concurrent twin waits here, holding nothing, and then finds the row.
        transfer.id := core.uuid7();
        INSERT INTO portfolio.transfers (
            id, user_id, counterparty_user_id, asset_id, kind, status, amount, idempotency_key, created_at, completed_at
        )
        VALUES (
            transfer.id, owner.id, transfer_for.to_user_id, coin.id, 'internal', 'completed', transfer_for.amount,
            transfer_for.idempotency_key, core.uuid7_time(transfer.id), core.uuid7_time(transfer.id)
        )
        ON CONFLICT ON CONSTRAINT transfers_user_id_idempotency_key_key DO NOTHING
        RETURNING * INTO transfer;
        IF found THEN
            PERFORM portfolio.post_journal(
                journal_id => transfer.id, reason => 'transfer', ref_id => transfer.id,
                user_ids => ARRAY[owner.id, transfer_for.to_user_id], asset_ids => ARRAY[coin.id, coin.id],
                d_available => ARRAY[-transfer_for.amount, transfer_for.amount], d_held => ARRAY[0, 0]
            );
            RETURN portfolio.transfer_json(transfer, replayed => FALSE);
        END IF;
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE t.user_id = owner.id AND t.idempotency_key = transfer_for.idempotency_key;
    END IF;

    IF (transfer.kind, transfer.counterparty_user_id, transfer.asset_id, transfer.amount)
        IS DISTINCT FROM ('internal', transfer_for.to_user_id, coin.id, transfer_for.amount)
    THEN
        RAISE EXCEPTION 'idempotency_key was used for another transfer'
            USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', 'idempotency_key'),
            HINT = 'Send a new transfer under a new key, or repeat the first one unchanged.';
    END IF;
    RETURN portfolio.transfer_json(transfer, replayed => TRUE);
END
$$;

COMMENT ON FUNCTION portfolio.transfer_for(uuid, uuid, text, numeric, text) IS
'Moves amount units of asset from one user to another, at once; returns the transfer. Once per idempotency_key of the '
'sender: the same request again answers with the first. TR007 asset takes no transfers, TR008 sender may not send, '
'TR010 invalid argument or to oneself, TR011 unknown asset, TR012 unknown user, a closed account too, TR101 '
'insufficient available balance, before it is said who is unknown, TR401 key used for another transfer.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.transfer_for(uuid, uuid, text, numeric, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.transfer_for(uuid, uuid, text, numeric, text) TO service_role;

COMMIT;
