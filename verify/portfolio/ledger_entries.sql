-- Verify tradebase:portfolio/ledger_entries on pg

BEGIN;

SELECT id, created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held, available_after,
    held_after, version
FROM portfolio.ledger_entries
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'portfolio.ledger_entries'::regclass
    ),
        'portfolio.ledger_entries: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'portfolio.ledger_entries'::regclass),
        'portfolio.ledger_entries: an index is invalid';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'portfolio.ledger_entries'::regclass AND tgname = 'ledger_entries_balance'
            AND tgenabled = 'A'
    ),
        'portfolio.ledger_entries: trigger ledger_entries_balance is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'portfolio.ledger_entries'::regclass AND tgname = 'ledger_entries_append_only'
            AND tgenabled = 'A'
    ),
        'portfolio.ledger_entries: trigger ledger_entries_append_only is missing or disabled';
    ASSERT EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = 'portfolio.ledger_entries'::regclass AND tgname = 'ledger_entries_no_truncate'
            AND tgenabled = 'A'
    ),
        'portfolio.ledger_entries: trigger ledger_entries_no_truncate is missing or disabled';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'portfolio.ledger_entries'::regclass),
        'portfolio.ledger_entries: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('portfolio.ledger_entries')),
        'portfolio.ledger_entries: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('portfolio.ledger_entries') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'portfolio.ledger_entries: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
