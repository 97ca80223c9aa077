-- Deploy tradebase:api/cancel_withdrawal_for to pg
-- requires: portfolio/cancel_withdrawal_for

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.cancel_withdrawal_for(user_id uuid, transfer_id uuid, proof text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.cancel_withdrawal_for(user_id, transfer_id, proof);

COMMENT ON FUNCTION api.cancel_withdrawal_for(uuid, uuid, text) IS
'Gives back a withdrawal of a user, one that was sent only against proof; see portfolio.cancel_withdrawal_for().';

GRANT EXECUTE ON FUNCTION api.cancel_withdrawal_for(uuid, uuid, text) TO service_role;

COMMIT;
