-- Deploy tradebase:portfolio/transfer_for to pg
-- requires: portfolio/post_journal
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json
-- requires: portfolio/transfer_terms

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
    terms     record;
    transfer  portfolio.transfers%ROWTYPE;
    available numeric;
    is_known  boolean;
BEGIN
    SELECT * INTO terms FROM portfolio.transfer_terms('internal', user_id, asset, amount, idempotency_key);
    IF (to_user_id <> user_id) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid to_user_id'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'to_user_id', 'expected', 'another user');
    END IF;

    -- What decides is read before the key is looked for: a twin that was done in between is then found, and the same
    -- request is not refused for the money that it has sent. A closed account and the platform's own are as unknown as
    -- nobody; for a suspended user it waits.
    SELECT
        coalesce((
            SELECT b.available::numeric
            FROM portfolio.balances AS b
            WHERE b.user_id = transfer_for.user_id AND b.asset_id = terms.asset_id
        ), 0),
        EXISTS (
            SELECT FROM identity.users AS u
            WHERE u.id = transfer_for.to_user_id AND u.kind = 'customer' AND u.status <> 'closed'
        )
    INTO available, is_known;
    SELECT * INTO transfer
    FROM portfolio.transfers AS t
    WHERE t.user_id = transfer_for.user_id AND t.idempotency_key = transfer_for.idempotency_key;
    IF NOT found THEN
        IF terms.asset_status = 'disabled' THEN
            RAISE EXCEPTION 'the asset takes no transfers'
                USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'status', terms.asset_status);
        END IF;
        IF terms.user_status <> 'active' THEN
            RAISE EXCEPTION 'the user may not send'
                USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', terms.user_status);
        END IF;
        -- Before the receiver: who cannot pay is not told who exists. The journal decides, under the lock.
        IF available < amount THEN
            RAISE EXCEPTION 'insufficient available balance'
                USING ERRCODE = 'TR101', DETAIL = jsonb_build_object(
                    'asset', asset, 'needed', amount::text, 'available', available::text
                );
        END IF;
        IF NOT is_known THEN
            RAISE EXCEPTION 'unknown user'
                USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('argument', 'to_user_id');
        END IF;

        -- A concurrent twin waits here, holding nothing, and then finds the row.
        transfer.id := core.uuid7();
        INSERT INTO portfolio.transfers (
            id, user_id, counterparty_user_id, asset_id, kind, status, amount, idempotency_key, created_at, completed_at
        )
        VALUES (
            transfer.id, transfer_for.user_id, transfer_for.to_user_id, terms.asset_id, 'internal', 'completed',
            transfer_for.amount, transfer_for.idempotency_key, core.uuid7_time(transfer.id),
            core.uuid7_time(transfer.id)
        )
        ON CONFLICT ON CONSTRAINT transfers_user_id_idempotency_key_key DO NOTHING
        RETURNING * INTO transfer;
        IF found THEN
            PERFORM portfolio.post_journal(
                journal_id => transfer.id, reason => 'transfer', ref_id => transfer.id,
                user_ids => ARRAY[transfer_for.user_id, transfer_for.to_user_id],
                asset_ids => ARRAY[terms.asset_id, terms.asset_id],
                d_available => ARRAY[-transfer_for.amount, transfer_for.amount], d_held => ARRAY[0, 0]
            );
            PERFORM portfolio.tell_transfer(transfer);
            RETURN portfolio.transfer_json(transfer, replayed => FALSE);
        END IF;
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE t.user_id = transfer_for.user_id AND t.idempotency_key = transfer_for.idempotency_key;
    END IF;

    IF (transfer.kind, transfer.counterparty_user_id, transfer.asset_id, transfer.amount)
        IS DISTINCT FROM ('internal', transfer_for.to_user_id, terms.asset_id, transfer_for.amount)
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
