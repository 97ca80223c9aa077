-- Deploy tradebase:api/send_withdrawal to pg
-- requires: portfolio/send_withdrawal

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.send_withdrawal(transfer_id uuid)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.send_withdrawal(transfer_id);

COMMENT ON FUNCTION api.send_withdrawal(uuid) IS
'A service takes a withdrawal before it sends it; see portfolio.send_withdrawal().';

GRANT EXECUTE ON FUNCTION api.send_withdrawal(uuid) TO service_role;

COMMIT;
