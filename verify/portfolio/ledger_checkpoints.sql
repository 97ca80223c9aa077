-- Verify tradebase:portfolio/ledger_checkpoints on pg

BEGIN;

SELECT user_id, asset_id, as_of, version, available, held
FROM portfolio.ledger_checkpoints
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class
        WHERE oid = 'portfolio.ledger_checkpoints'::regclass
    ),
        'portfolio.ledger_checkpoints: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'portfolio.ledger_checkpoints'::regclass),
        'portfolio.ledger_checkpoints: an index is invalid';
    ASSERT (
        SELECT count(*) = 2 FROM pg_trigger
        WHERE
            tgrelid = 'portfolio.ledger_checkpoints'::regclass AND tgenabled = 'A'
            AND tgname IN ('ledger_checkpoints_append_only', 'ledger_checkpoints_no_truncate')
    ),
        'portfolio.ledger_checkpoints: a trigger that keeps its rows is missing or disabled';
END
$$;

ROLLBACK;
