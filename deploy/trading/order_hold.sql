-- Deploy tradebase:trading/order_hold to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.order_hold(
    side text, price numeric, quantity numeric, maker_fee_rate numeric, taker_fee_rate numeric, quote_scale integer
)
RETURNS numeric
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE order_hold.side
        WHEN 'sell' THEN order_hold.quantity
        -- Rounded up to the ledger's scale, and not by a division, which would round once more.
        ELSE trunc(c.cost, order_hold.quote_scale) + CASE
            WHEN trunc(c.cost, order_hold.quote_scale) < c.cost THEN ('1e-' || order_hold.quote_scale)::numeric
            ELSE 0
        END
    END
    FROM (
        SELECT
            order_hold.price * order_hold.quantity
            * (1 + greatest(order_hold.maker_fee_rate, order_hold.taker_fee_rate, 0)) AS cost
    ) AS c;
END;

COMMENT ON FUNCTION trading.order_hold(text, numeric, numeric, numeric, numeric, integer) IS
'What an order holds for the quantity it has left: a sell the quantity, in the base asset; a buy price times quantity '
'and the higher of its fees, rounded up to quote_scale decimals, in the quote asset. Fills at the limit or better, '
'with fees truncated, can never cost more than the hold falls by.';

GRANT EXECUTE ON FUNCTION trading.order_hold(text, numeric, numeric, numeric, numeric, integer) TO tradebase_kernel;

COMMIT;
