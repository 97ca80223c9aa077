-- Deploy tradebase:trading/lock_market to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.lock_market(market_id integer)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- An older snapshot would not see that the market was halted, or the user suspended, while we waited.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'orders need a transaction that is read committed'
            USING ERRCODE = 'invalid_transaction_state', DETAIL = jsonb_build_object(
                'transaction_isolation', current_setting('transaction_isolation')
            );
    END IF;
    PERFORM pg_advisory_xact_lock(7472, market_id);
END
$$;

COMMENT ON FUNCTION trading.lock_market(integer) IS
'Every command that touches a market''s book takes this first, until its transaction ends; several markets in '
'ascending order. It writes no tuple and leaves no trace in the row. 25000 in a transaction that is not read '
'committed.';

GRANT EXECUTE ON FUNCTION trading.lock_market(integer) TO tradebase_kernel;

COMMIT;
