-- Verify tradebase:core/numbers on pg

BEGIN;

DO $$
BEGIN
    ASSERT (
        SELECT count(*) = 6 FROM pg_type
        WHERE typnamespace = 'core'::regnamespace AND typbasetype = 'numeric'::regtype
        AND typname IN ('price', 'quantity', 'amount', 'delta', 'total', 'fee_rate') AND typtypmod = -1
    ),
        'a number domain is missing, or rounds';
    ASSERT NOT EXISTS (
        SELECT FROM pg_constraint AS c JOIN pg_type AS t ON t.oid = c.contypid
        WHERE t.typnamespace = 'core'::regnamespace AND NOT c.convalidated
    ),
        'a number domain is not validated';
END
$$;

ROLLBACK;
