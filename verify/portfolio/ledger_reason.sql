-- Verify tradebase:portfolio/ledger_reason on pg

BEGIN;

DO $$
BEGIN
    ASSERT (
        SELECT count(*) = 1 FROM pg_type AS t JOIN pg_constraint AS c ON c.contypid = t.oid AND c.convalidated
        WHERE t.oid = 'portfolio.ledger_reason'::regtype AND t.typbasetype = 'text'::regtype
    ),
        'portfolio.ledger_reason takes any text';
END
$$;

ROLLBACK;
