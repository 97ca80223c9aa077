-- Deploy tradebase:trading/collar_price to pg
-- requires: system/system_config_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION trading.collar_price(market_id integer, side text, tick_size numeric, last_price numeric)
RETURNS numeric
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    best_price numeric;
BEGIN
    IF side = 'buy' THEN
        SELECT min(o.price) INTO best_price
        FROM partitions.orders_open AS o
        WHERE o.market_id = collar_price.market_id AND o.side = 'sell' AND o.on_book;
    ELSE
        SELECT max(o.price) INTO best_price
        FROM partitions.orders_open AS o
        WHERE o.market_id = collar_price.market_id AND o.side = 'buy' AND o.on_book;
    END IF;
    best_price := coalesce(best_price, last_price);
    IF best_price IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT tick_size * CASE collar_price.side
            WHEN 'buy' THEN floor(best_price * (1 + c.value::numeric / 100) / tick_size)
            ELSE greatest(1, ceil(best_price * (1 - c.value::numeric / 100) / tick_size))
        END
        FROM system.system_config AS c WHERE c.key = 'price_collar_pct'
    );
END
$$;

COMMENT ON FUNCTION trading.collar_price(integer, text, numeric, numeric) IS
'The worst price at which a market order may trade: the last tick inside price_collar_pct of the best price on the '
'other side of the book, else of the last price; NULL when there is neither.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION trading.collar_price(integer, text, numeric, numeric) TO tradebase_kernel;

COMMIT;
