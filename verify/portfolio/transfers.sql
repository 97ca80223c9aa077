-- Verify tradebase:portfolio/transfers on pg

BEGIN;

SELECT id, user_id, counterparty_user_id, asset_id, kind, status, amount, fee, idempotency_key, destination,
    external_ref, reason, made_by, created_at, sent_at, completed_at
FROM portfolio.transfers
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'portfolio.transfers'::regclass),
        'portfolio.transfers: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'portfolio.transfers'::regclass),
        'portfolio.transfers: an index is invalid';
END
$$;

ROLLBACK;
