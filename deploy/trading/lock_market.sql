-- Deploy tradebase:trading/lock_market to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.lock_market(market_id integer)
RETURNS void
LANGUAGE sql
VOLATILE
RETURN pg_advisory_xact_lock(7472, market_id);

COMMENT ON FUNCTION trading.lock_market(integer) IS
'Every command that touches a market''s book takes this first, until its transaction ends; several markets in '
'ascending order. It writes no tuple and leaves no trace in the row.';

GRANT EXECUTE ON FUNCTION trading.lock_market(integer) TO tradebase_kernel;

COMMIT;
