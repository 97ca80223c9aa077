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
-- Rounded up to the ledger's scale by exact products: a division would round once more. Immutable to the last operator,
-- so that it is inlined: text || integer is not.
RETURN CASE order_hold.side
    WHEN 'sell' THEN order_hold.quantity
    ELSE ceil(
        order_hold.price * order_hold.quantity
        * (1 + greatest(order_hold.maker_fee_rate, order_hold.taker_fee_rate, 0))
        * ('1e' || order_hold.quote_scale::text)::numeric
    ) * ('1e-' || order_hold.quote_scale::text)::numeric
END;

COMMENT ON FUNCTION trading.order_hold(text, numeric, numeric, numeric, numeric, integer) IS
'What an order holds for the quantity it has left: a sell the quantity, in the base asset; a buy price times quantity '
'and the higher of its fees, rounded up to quote_scale decimals, in the quote asset. Fills at the limit or better, '
'with fees truncated, can never cost more than the hold falls by.';

GRANT EXECUTE ON FUNCTION trading.order_hold(text, numeric, numeric, numeric, numeric, integer) TO tradebase_kernel;

COMMIT;
