-- Deploy tradebase:portfolio/deposit to pg
-- requires: identity/system_user_id
-- requires: portfolio/post_journal
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json
-- requires: portfolio/transfer_terms

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
    terms    record;
    transfer portfolio.transfers%ROWTYPE;
    taken    text;
BEGIN
    SELECT * INTO terms FROM portfolio.transfer_terms('deposit', user_id, asset, amount, idempotency_key);
    IF external_ref !~ '^[!-~]{1,200}$' THEN
        RAISE EXCEPTION 'invalid external_ref'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'external_ref', 'expected', '1 to 200 printable ASCII characters without blanks'
            );
    END IF;

    -- A concurrent twin waits here, holding nothing, and then finds the row.
    transfer.id := core.uuid7();
    INSERT INTO portfolio.transfers (
        id, user_id, asset_id, kind, status, amount, idempotency_key, external_ref, created_at, completed_at
    )
    VALUES (
        transfer.id, deposit.user_id, terms.asset_id, 'deposit', 'completed', deposit.amount, deposit.idempotency_key,
        deposit.external_ref, core.uuid7_time(transfer.id), core.uuid7_time(transfer.id)
    )
    ON CONFLICT DO NOTHING
    RETURNING * INTO transfer;
    IF NOT found THEN
        taken := 'idempotency_key';
        SELECT * INTO transfer
        FROM portfolio.transfers AS t
        WHERE t.user_id = deposit.user_id AND t.idempotency_key = deposit.idempotency_key;
        IF NOT found THEN
            taken := 'external_ref';
            SELECT * INTO transfer
            FROM portfolio.transfers AS t
            WHERE t.asset_id = terms.asset_id AND t.external_ref = deposit.external_ref AND t.kind = 'deposit';
        END IF;
        -- Whose the row is stays untold.
        IF (transfer.user_id, transfer.asset_id, transfer.kind, transfer.amount, transfer.external_ref)
            IS DISTINCT FROM (deposit.user_id, terms.asset_id, 'deposit', deposit.amount, deposit.external_ref)
        THEN
            RAISE EXCEPTION '% was used for another deposit', taken
                USING ERRCODE = 'TR401', DETAIL = jsonb_build_object('argument', taken),
                HINT = 'Send a new deposit under a new key, or repeat the first one unchanged.';
        END IF;
        RETURN portfolio.transfer_json(transfer, replayed => TRUE);
    END IF;

    IF terms.asset_status NOT IN ('active', 'deposit_only') THEN
        RAISE EXCEPTION 'the asset takes no deposits'
            USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', asset, 'status', terms.asset_status);
    END IF;
    -- What arrives for a suspended user is theirs and waits for them; a closed account takes nothing more.
    IF terms.user_status = 'closed' THEN
        RAISE EXCEPTION 'the account is closed'
            USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', terms.user_status);
    END IF;
    PERFORM portfolio.post_journal(
        journal_id => transfer.id, reason => 'deposit', ref_id => transfer.id,
        user_ids => ARRAY[deposit.user_id, identity.system_user_id('external')],
        asset_ids => ARRAY[terms.asset_id, terms.asset_id],
        d_available => ARRAY[deposit.amount, -deposit.amount],
        d_held => ARRAY[0, 0]
    );
    PERFORM portfolio.tell_transfer(transfer);
    RETURN portfolio.transfer_json(transfer, replayed => FALSE);
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
