-- Deploy tradebase:trading/position_fold to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TYPE trading.position_state AS (quantity numeric, entry_cost numeric, realized_pnl numeric);

COMMENT ON TYPE trading.position_state IS 'What a position is after some fills: see trading.positions.';

CREATE FUNCTION trading.position_after_fill(before trading.position_state, quantity numeric, quote numeric)
RETURNS trading.position_state
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- A quotient has as many decimals as its dividend is written with: enough, whatever zeros the inputs end in.
    unit CONSTANT numeric := 1.000000000000000000000000;
    part numeric;
BEGIN
    IF sign(before.quantity) IN (0, sign(quantity)) THEN
        RETURN ROW(before.quantity + quantity, before.entry_cost + quote, before.realized_pnl);
    ELSIF abs(quantity) < abs(before.quantity) THEN
        -- Closes a part: what it cost leaves in proportion.
        part := round(before.entry_cost * abs(quantity) * unit / abs(before.quantity), 18);
        RETURN ROW(before.quantity + quantity, before.entry_cost - part, before.realized_pnl - quote - part);
    END IF;
    -- Closes all of it, and what is left of the fill opens the other way at the fill's own price.
    part := CASE
        WHEN before.quantity + quantity = 0 THEN quote
        ELSE round(quote * abs(before.quantity) * unit / abs(quantity), 18)
    END;
    RETURN ROW(before.quantity + quantity, quote - part, before.realized_pnl - part - before.entry_cost);
END
$$;

COMMENT ON FUNCTION trading.position_after_fill(trading.position_state, numeric, numeric) IS
'One step of trading.position_fold(): weighted average cost. quantity is signed, a sell negative; quote is what was '
'paid, a sell negative. entry_cost - realized_pnl grows by exactly quote, however the parts are rounded.';

CREATE AGGREGATE trading.position_fold(quantity numeric, quote numeric) (
    sfunc = trading.position_after_fill, stype = trading.position_state, initcond = '(0,0,0)', parallel = safe
);

COMMENT ON AGGREGATE trading.position_fold(numeric, numeric) IS
'The position that signed fills add up to, in their order: position_fold(quantity, quote_quantity ORDER BY trade_seq). '
'As a window function, the position after each of them.';

GRANT EXECUTE ON FUNCTION trading.position_after_fill(trading.position_state, numeric, numeric)
TO tradebase_kernel, tradebase_auditor, tradebase_reporter;
GRANT EXECUTE ON FUNCTION trading.position_fold(numeric, numeric)
TO tradebase_kernel, tradebase_auditor, tradebase_reporter;

COMMIT;
