-- Verify tradebase:trading/order_terms on pg

BEGIN;

DO $$
BEGIN
    ASSERT (
        SELECT count(*) = 7 FROM pg_type AS t JOIN pg_constraint AS c ON c.contypid = t.oid AND c.convalidated
        WHERE t.typnamespace = 'trading'::regnamespace AND t.typbasetype = 'text'::regtype
        AND t.typname IN (
            'order_side', 'order_type', 'time_in_force', 'stp_mode', 'liquidity', 'order_status', 'close_reason'
        )
    ),
        'trading: a domain is missing, or takes any text';
END
$$;

ROLLBACK;
