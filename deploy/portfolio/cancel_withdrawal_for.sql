-- Deploy tradebase:portfolio/cancel_withdrawal_for to pg
-- requires: portfolio/post_journal
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.cancel_withdrawal_for(user_id uuid, transfer_id uuid, proof text DEFAULT NULL)
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
    transfer portfolio.transfers%ROWTYPE;
BEGIN
    IF proof !~ '\S' OR length(proof) > 1000 THEN
        RAISE EXCEPTION 'invalid proof'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'proof', 'expected', '1 to 1000 characters, or NULL'
            );
    END IF;

    -- Somebody else's is as unknown as one that is not there.
    SELECT * INTO transfer
    FROM portfolio.transfers AS t
    WHERE t.id = cancel_withdrawal_for.transfer_id AND t.kind = 'withdrawal' AND t.user_id = cancel_withdrawal_for.user_id
    FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown withdrawal'
            USING ERRCODE = 'TR403', DETAIL = jsonb_build_object('transfer_id', transfer_id);
    END IF;
    IF transfer.status IN ('canceled', 'failed') THEN
        RETURN portfolio.transfer_json(transfer, replayed => TRUE);
    ELSIF transfer.status = 'completed' THEN
        RAISE EXCEPTION 'the withdrawal is completed'
            USING ERRCODE = 'TR402', DETAIL = jsonb_build_object('transfer_id', transfer_id, 'status', transfer.status);
    ELSIF transfer.sent_at IS NOT NULL AND proof IS NULL THEN
        RAISE EXCEPTION 'the withdrawal was sent and may have arrived'
            USING ERRCODE = 'TR402', DETAIL = jsonb_build_object(
                'transfer_id', transfer_id, 'status', transfer.status, 'sent_at', transfer.sent_at
            ),
            HINT = 'An error of the bank or the chain is no proof that it did not.';
    ELSIF transfer.sent_at IS NULL AND proof IS NOT NULL THEN
        RAISE EXCEPTION 'the withdrawal was not sent: there is nothing to prove'
            USING ERRCODE = 'TR402', DETAIL = jsonb_build_object('transfer_id', transfer_id, 'status', transfer.status);
    END IF;

    UPDATE portfolio.transfers AS t
    SET
        status = CASE WHEN t.sent_at IS NULL THEN 'canceled' ELSE 'failed' END, reason = cancel_withdrawal_for.proof
    WHERE t.id = transfer.id
    RETURNING * INTO transfer;
    PERFORM portfolio.post_journal(
        journal_id => core.uuid7(), reason => 'withdrawal_release', ref_id => transfer.id,
        user_ids => ARRAY[transfer.user_id], asset_ids => ARRAY[transfer.asset_id],
        d_available => ARRAY[transfer.amount + transfer.fee], d_held => ARRAY[-(transfer.amount + transfer.fee)]
    );
    PERFORM portfolio.tell_transfer(transfer);
    RETURN portfolio.transfer_json(transfer, replayed => FALSE);
END
$$;

COMMENT ON FUNCTION portfolio.cancel_withdrawal_for(uuid, uuid, text) IS
'Gives back amount and fee of a withdrawal of a user. One that was never sent is canceled; one that was fails, and only '
'against proof, in words that are kept, that it never arrives: an error on the way is none. Ended so already, it '
'answers with what it is. TR010 invalid argument, TR402 completed, sent and no proof, or proof and not sent, TR403 no '
'such withdrawal of the user.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.cancel_withdrawal_for(uuid, uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.cancel_withdrawal_for(uuid, uuid, text) TO service_role;

COMMIT;
