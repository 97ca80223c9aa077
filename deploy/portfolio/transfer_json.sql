-- Deploy tradebase:portfolio/transfer_json to pg
-- requires: core/write_token
-- requires: market/assets_access
-- requires: portfolio/transfers_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.transfer_json(t portfolio.transfers, replayed boolean)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN jsonb_build_object(
        'id', t.id, 'user_id', t.user_id, 'to_user_id', t.counterparty_user_id,
        'asset', (SELECT a.code FROM market.assets AS a WHERE a.id = t.asset_id), 'kind', t.kind, 'status', t.status,
        'amount', trim_scale(t.amount)::text, 'fee', trim_scale(t.fee)::text, 'idempotency_key', t.idempotency_key,
        'destination', t.destination, 'external_ref', t.external_ref, 'created_at', t.created_at,
        'sent_at', t.sent_at, 'completed_at', t.completed_at, 'replayed', replayed, 'write_token', core.write_token()
    );
END
$$;

COMMENT ON FUNCTION portfolio.transfer_json(portfolio.transfers, boolean) IS
'A transfer as its sender sees it, amounts as text; replayed when the command was done before; with the write_token of '
'now.';

GRANT EXECUTE ON FUNCTION portfolio.transfer_json(portfolio.transfers, boolean) TO tradebase_kernel;

COMMIT;
