-- Deploy tradebase:api/support_open to pg
-- requires: identity/support_open

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.support_open(user_id uuid, reason text)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.support_open(user_id, reason);

COMMENT ON FUNCTION api.support_open(uuid, text) IS
'Opens one customer to me for fifteen minutes, on record: profile, balances, orders, fills, positions, transfers and '
'ledger are then theirs. See identity.support_open() for what it answers and refuses.';

GRANT EXECUTE ON FUNCTION api.support_open(uuid, text) TO tradebase_support;

COMMIT;
