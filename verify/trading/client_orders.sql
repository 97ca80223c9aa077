-- Verify tradebase:trading/client_orders on pg

BEGIN;

SELECT user_id, client_order_id, order_id, request_hash, created_at
FROM trading.client_orders
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'trading.client_orders'::regclass),
        'trading.client_orders: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.client_orders'::regclass),
        'trading.client_orders: an index is invalid';
END
$$;

ROLLBACK;
