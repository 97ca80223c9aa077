-- Deploy tradebase:portfolio/period_return to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.period_return(equity numeric, equity_before numeric, net_flow numeric)
RETURNS double precision
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN CASE
    WHEN equity_before + net_flow > 0
        THEN ((equity - equity_before - net_flow) / (equity_before + net_flow))::double precision
END;

COMMENT ON FUNCTION portfolio.period_return(numeric, numeric, numeric) IS
'What a period made of what was there at its beginning: equity / (equity_before + net_flow) - 1, so that money that '
'comes in or goes out is no return. NULL when nothing was there.';

GRANT EXECUTE ON FUNCTION portfolio.period_return(numeric, numeric, numeric) TO authenticated, tradebase_kernel;

COMMIT;
