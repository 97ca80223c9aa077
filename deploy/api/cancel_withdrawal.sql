-- Deploy tradebase:api/cancel_withdrawal to pg
-- requires: portfolio/cancel_withdrawal

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_withdrawal(transfer_id uuid)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.cancel_withdrawal(transfer_id);

COMMENT ON FUNCTION api.cancel_withdrawal(uuid) IS
'Cancels my withdrawal, as long as it was not sent; see portfolio.cancel_withdrawal_for().';

GRANT EXECUTE ON FUNCTION api.cancel_withdrawal(uuid) TO authenticated;

COMMIT;
