-- Deploy tradebase:trading/reduces_position to pg
-- requires: trading/orders_access
-- requires: trading/positions_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.reduces_position(user_id uuid, market_id integer, side text, quantity numeric)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((
        SELECT
            sign(p.quantity) = CASE reduces_position.side WHEN 'sell' THEN 1 ELSE -1 END
            AND abs(p.quantity) >= reduces_position.quantity + coalesce((
                SELECT sum(o.quantity - o.filled_quantity)
                FROM partitions.orders_open AS o
                WHERE
                    o.user_id = reduces_position.user_id AND o.market_id = reduces_position.market_id
                    AND o.side = reduces_position.side
            ), 0)
        FROM trading.positions AS p
        WHERE p.user_id = reduces_position.user_id AND p.market_id = reduces_position.market_id
    ), FALSE);
END
$$;

COMMENT ON FUNCTION trading.reduces_position(uuid, integer, text, numeric) IS
'Whether an order of this side and quantity, with what the user has open on that side, makes their position smaller '
'and never turns it: all that a restricted user may place.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.reduces_position(uuid, integer, text, numeric) TO tradebase_kernel;

COMMIT;
