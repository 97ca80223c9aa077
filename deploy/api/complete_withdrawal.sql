-- Deploy tradebase:api/complete_withdrawal to pg
-- requires: portfolio/complete_withdrawal

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.complete_withdrawal(transfer_id uuid, external_ref text)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.complete_withdrawal(transfer_id, external_ref);

COMMENT ON FUNCTION api.complete_withdrawal(uuid, text) IS
'A withdrawal is out; see portfolio.complete_withdrawal() for what it answers and refuses.';

GRANT EXECUTE ON FUNCTION api.complete_withdrawal(uuid, text) TO service_role;

COMMIT;
