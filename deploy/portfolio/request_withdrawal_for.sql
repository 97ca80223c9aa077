-- Deploy tradebase:portfolio/request_withdrawal_for to pg
-- requires: portfolio/post_journal
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json
-- requires: portfolio/transfer_terms

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
    terms    record;
    transfer portfolio.transfers%ROWTYPE;
BEGIN
    SELECT * INTO terms FROM portfolio.transfer_terms('withdrawal', user_id, asset, amount, idempotency_key);
    IF destination !~ '^[!-~]{1,200}$' THEN
        RAISE EXCEPTION 'invalid destination'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'destination', 'expected', '1 to 200 printable ASCII characters without blanks'
            );
    END IF;

    -- A concurrent twin waits here, holding nothing, and then finds the row.
    transfer.id := core.uuid7();
    INSERT INTO portfolio.transfers (
        id, user_id, asset_id, kind, status, amount, fee, idempotency_key, destination, created_at
    )
    VALUES (
        transfer.id, request_withdrawal_for.user_id, terms.asset_id, 'withdrawal', 'pending',
        request_withdrawal_for.amount, terms.withdraw_fee, request_withdrawal_for.idempotency_key,
        request_withdrawal_for.destination, core.uuid7_time(transfer.id)
    )
    ON CONFLICT ON CONSTRAINT transfers_user_id_idempotency_key_key DO NOTHING
    RETURNING * INTO transfer;
    IF NOT found THEN
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE
            t.user_id = request_withdrawal_for.user_id
            AND t.idempotency_key = request_withdrawal_for.idempotency_key;
        IF (transfer.kind, transfer.asset_id, transfer.amount, transfer.destination)
            IS DISTINCT FROM (
                'withdrawal', terms.asset_id, request_withdrawal_for.amount, request_withdrawal_for.destination
            )
        THEN
            RAISE EXCEPTION 'idempotency_key was used for another transfer'
                USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', 'idempotency_key'),
                HINT = 'Request a new withdrawal under a new key, or repeat the first one unchanged.';
        END IF;
        RETURN portfolio.transfer_json(transfer, replayed => TRUE);
    END IF;

    IF terms.asset_status NOT IN ('active', 'withdraw_only') THEN
        RAISE EXCEPTION 'the asset takes no withdrawals'
            USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'status', terms.asset_status);
    END IF;
    IF terms.user_status <> 'active' THEN
        RAISE EXCEPTION 'the user may not withdraw'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', terms.user_status);
    END IF;
    IF amount < terms.withdraw_min THEN
        RAISE EXCEPTION 'invalid amount'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'amount', 'expected', format('at least %s', trim_scale(terms.withdraw_min))
            );
    END IF;
    PERFORM portfolio.post_journal(
        journal_id => transfer.id, reason => 'withdrawal_hold', ref_id => transfer.id,
        user_ids => ARRAY[transfer.user_id], asset_ids => ARRAY[transfer.asset_id],
        d_available => ARRAY[-(transfer.amount + transfer.fee)], d_held => ARRAY[transfer.amount + transfer.fee]
    );
    PERFORM portfolio.tell_transfer(transfer);
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
