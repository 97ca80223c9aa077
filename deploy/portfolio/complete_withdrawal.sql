-- Deploy tradebase:portfolio/complete_withdrawal to pg
-- requires: identity/system_user_id
-- requires: portfolio/post_journal
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.complete_withdrawal(transfer_id uuid, external_ref text)
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
    IF (external_ref ~ '^[!-~]{1,200}$') IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid external_ref'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'external_ref', 'expected', '1 to 200 printable ASCII characters without blanks'
            );
    END IF;

    -- The row first, then the balance: as who requests it.
    SELECT * INTO transfer
    FROM portfolio.transfers AS t
    WHERE t.id = complete_withdrawal.transfer_id AND t.kind = 'withdrawal'
    FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown withdrawal'
            USING ERRCODE = 'TR403', DETAIL = jsonb_build_object('transfer_id', transfer_id);
    END IF;
    IF transfer.status = 'completed' AND transfer.external_ref = complete_withdrawal.external_ref THEN
        RETURN portfolio.transfer_json(transfer, replayed => TRUE);
    ELSIF transfer.status <> 'pending' OR transfer.sent_at IS NULL THEN
        RAISE EXCEPTION 'the withdrawal is %', CASE transfer.status
            WHEN 'pending' THEN 'not sent yet'
            WHEN 'completed' THEN 'completed by another external_ref'
            ELSE transfer.status
        END
            USING ERRCODE = 'TR402', DETAIL = jsonb_build_object('transfer_id', transfer_id, 'status', transfer.status);
    END IF;

    BEGIN
        UPDATE portfolio.transfers AS t
        SET
            status = 'completed', external_ref = complete_withdrawal.external_ref,
            completed_at = greatest(clock_timestamp(), t.created_at)
        WHERE t.id = transfer.id
        RETURNING * INTO transfer;
    EXCEPTION WHEN unique_violation THEN
        -- Whose the other one is stays untold.
        RAISE EXCEPTION 'external_ref was used for another withdrawal'
            USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', 'external_ref');
    END;
    PERFORM portfolio.post_journal(
        journal_id => core.uuid7(), reason => 'withdrawal', ref_id => transfer.id,
        user_ids => ARRAY[transfer.user_id, identity.system_user_id('external'), identity.system_user_id('fees')],
        asset_ids => ARRAY[transfer.asset_id, transfer.asset_id, transfer.asset_id],
        d_available => ARRAY[0, transfer.amount, transfer.fee],
        d_held => ARRAY[-(transfer.amount + transfer.fee), 0, 0]
    );
    PERFORM portfolio.tell_transfer(transfer);
    RETURN portfolio.transfer_json(transfer, replayed => FALSE);
END
$$;

COMMENT ON FUNCTION portfolio.complete_withdrawal(uuid, text) IS
'A withdrawal that was sent is out: what was held leaves, the amount to the world outside and the fee to the platform. '
'external_ref is what the bank or chain calls it, the proof, and names one withdrawal of an asset; the same one again '
'answers with the same transfer. TR010 invalid argument, TR401 external_ref of another withdrawal, TR402 not sent yet, '
'completed by another external_ref, canceled or failed, TR403 unknown withdrawal.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.complete_withdrawal(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.complete_withdrawal(uuid, text) TO service_role;

COMMIT;
