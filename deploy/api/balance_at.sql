-- Deploy tradebase:api/balance_at to pg
-- requires: core/current_user_id
-- requires: portfolio/balance_at

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.balance_at(asset text, at timestamptz)
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
RETURN portfolio.balance_at(core.current_user_id(), asset, at);

COMMENT ON FUNCTION api.balance_at(text, timestamptz) IS
'What I had of an asset at a time; see portfolio.balance_at() for what it answers and refuses.';

GRANT EXECUTE ON FUNCTION api.balance_at(text, timestamptz) TO authenticated;

COMMIT;
