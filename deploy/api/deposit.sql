-- Deploy tradebase:api/deposit to pg
-- requires: portfolio/deposit

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.deposit(
    user_id uuid, asset text, amount numeric, idempotency_key text, external_ref text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.deposit(user_id, asset, amount, idempotency_key, external_ref);

COMMENT ON FUNCTION api.deposit(uuid, text, numeric, text, text) IS
'Credits a deposit that arrived from outside; see portfolio.deposit() for what it answers and refuses. Send amount as '
'a string: a JSON number may have lost digits already.';

GRANT EXECUTE ON FUNCTION api.deposit(uuid, text, numeric, text, text) TO service_role;

COMMIT;
