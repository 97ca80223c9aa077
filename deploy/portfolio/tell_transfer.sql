-- Deploy tradebase:portfolio/tell_transfer to pg
-- requires: events/outbox_access
-- requires: market/assets_access
-- requires: portfolio/transfers

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.tell_transfer(t portfolio.transfers)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Who receives one is told of it, as who sends it; never from where it came or what the other calls it.
    INSERT INTO events.outbox (topic, event, payload)
    SELECT
        'user:' || u.user_id, 'transfers', jsonb_build_object('transfers', jsonb_build_array(jsonb_build_object(
            'id', t.id, 'asset', (SELECT a.code FROM market.assets AS a WHERE a.id = t.asset_id), 'kind', t.kind,
            'status', t.status, 'amount', trim_scale(t.amount)::text, 'fee', trim_scale(t.fee)::text,
            'is_incoming', t.kind = 'deposit' OR u.user_id <> t.user_id, 'is_sent', t.sent_at IS NOT NULL
        )))
    FROM (VALUES (t.user_id), (t.counterparty_user_id)) AS u (user_id)
    WHERE u.user_id IS NOT NULL;
END
$$;

COMMENT ON FUNCTION portfolio.tell_transfer(portfolio.transfers) IS
'Tells in the outbox what became of a transfer, amounts as text: its user, and who receives it. The caller has their '
'balances locked, or the transfer itself.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION portfolio.tell_transfer(portfolio.transfers) TO tradebase_kernel;

COMMIT;
