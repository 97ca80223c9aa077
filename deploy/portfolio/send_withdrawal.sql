-- Deploy tradebase:portfolio/send_withdrawal to pg
-- requires: identity/users_access
-- requires: portfolio/tell_transfer
-- requires: portfolio/transfer_json

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.send_withdrawal(transfer_id uuid)
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
    transfer    portfolio.transfers%ROWTYPE;
    replayed    boolean;
    user_status text;
BEGIN
    -- Whoever would cancel it waits, and finds it sent; whoever has canceled it is waited for.
    SELECT * INTO transfer
    FROM portfolio.transfers AS t
    WHERE t.id = send_withdrawal.transfer_id AND t.kind = 'withdrawal'
    FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown withdrawal'
            USING ERRCODE = 'TR403', DETAIL = jsonb_build_object('transfer_id', transfer_id);
    END IF;
    IF transfer.status <> 'pending' THEN
        RAISE EXCEPTION 'the withdrawal is %', transfer.status
            USING ERRCODE = 'TR402', DETAIL = jsonb_build_object('transfer_id', transfer_id, 'status', transfer.status);
    END IF;
    replayed := transfer.sent_at IS NOT NULL;
    IF NOT replayed THEN
        -- The last moment: who was suspended since they asked for it, or while that waited, keeps it here.
        SELECT u.status INTO user_status FROM identity.users AS u WHERE u.id = transfer.user_id;
        IF user_status <> 'active' THEN
            RAISE EXCEPTION 'the user may not withdraw'
                USING ERRCODE = 'TR008', DETAIL = jsonb_build_object('status', user_status);
        END IF;
        UPDATE portfolio.transfers AS t
        SET sent_at = greatest(clock_timestamp(), t.created_at)
        WHERE t.id = transfer.id
        RETURNING * INTO transfer;
        PERFORM portfolio.tell_transfer(transfer);
    END IF;
    RETURN portfolio.transfer_json(transfer, replayed);
END
$$;

COMMENT ON FUNCTION portfolio.send_withdrawal(uuid) IS
'A service takes a withdrawal, commits, and only then hands it to the bank or the chain: from here on it may be out, and '
'is given back only against proof that it is not. Whoever is answered replayed must not send it, but find out what '
'became of it. TR008 the user may not withdraw any more: it stays pending, or is canceled; TR402 no longer pending, TR403 '
'unknown withdrawal.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.send_withdrawal(uuid) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.send_withdrawal(uuid) TO service_role;

COMMIT;
