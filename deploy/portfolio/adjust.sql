-- Deploy tradebase:portfolio/adjust to pg
-- requires: core/made_by
-- requires: identity/system_user_id
-- requires: portfolio/post_journal
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json
-- requires: portfolio/transfer_terms

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.adjust(user_id uuid, asset text, amount numeric, reason text, idempotency_key text)
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
    -- Whatever the status of user and asset: what is wrong with a closed account is corrected, too.
    SELECT * INTO terms FROM portfolio.transfer_terms('adjustment', user_id, asset, amount, idempotency_key);
    IF (reason ~ '\S' AND length(reason) <= 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid reason'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'reason', 'expected', '1 to 1000 characters that say why'
            );
    END IF;

    -- A concurrent twin waits here, holding nothing, and then finds the row.
    transfer.id := core.uuid7();
    INSERT INTO portfolio.transfers (
        id, user_id, asset_id, kind, status, amount, idempotency_key, reason, made_by, created_at, completed_at
    )
    VALUES (
        transfer.id, adjust.user_id, terms.asset_id, 'adjustment', 'completed', adjust.amount,
        adjust.idempotency_key, adjust.reason, core.made_by(), core.uuid7_time(transfer.id), core.uuid7_time(transfer.id)
    )
    ON CONFLICT ON CONSTRAINT transfers_user_id_idempotency_key_key DO NOTHING
    RETURNING * INTO transfer;
    IF NOT found THEN
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE t.user_id = adjust.user_id AND t.idempotency_key = adjust.idempotency_key;
        IF (transfer.kind, transfer.asset_id, transfer.amount, transfer.reason)
            IS DISTINCT FROM ('adjustment', terms.asset_id, adjust.amount, adjust.reason)
        THEN
            RAISE EXCEPTION 'idempotency_key was used for another transfer'
                USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', 'idempotency_key'),
                HINT = 'Correct under a new key, or repeat the first correction unchanged.';
        END IF;
        RETURN portfolio.transfer_json(transfer, replayed => TRUE) || jsonb_build_object('reason', transfer.reason);
    END IF;

    PERFORM portfolio.post_journal(
        journal_id => transfer.id, reason => 'adjustment', ref_id => transfer.id,
        user_ids => ARRAY[adjust.user_id, identity.system_user_id('adjustment')],
        asset_ids => ARRAY[terms.asset_id, terms.asset_id],
        d_available => ARRAY[adjust.amount, -adjust.amount], d_held => ARRAY[0, 0]
    );
    PERFORM portfolio.tell_transfer(transfer);
    RETURN portfolio.transfer_json(transfer, replayed => FALSE) || jsonb_build_object('reason', transfer.reason);
END
$$;

COMMENT ON FUNCTION portfolio.adjust(uuid, text, numeric, text, text) IS
'An operator corrects what a user has available by amount, negative to take, against the platform''s adjustment '
'account; returns the transfer. The reason and who it was are kept. Once per idempotency_key, which are the user''s own '
'too: the same correction again answers with the first. TR010 invalid argument or no reason, TR011 unknown asset, TR012 '
'unknown user, TR101 it would fall below zero, TR401 key used for another transfer.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.adjust(uuid, text, numeric, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.adjust(uuid, text, numeric, text, text) TO tradebase_operator;

COMMIT;
