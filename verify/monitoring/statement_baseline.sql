-- Verify tradebase:monitoring/statement_baseline on pg

BEGIN;

SELECT query_id, role, is_toplevel, calls, total_us, buffers, saved_at, reset_at
FROM monitoring.statement_baseline WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'monitoring.statement_baseline'::regclass),
        'monitoring.statement_baseline: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'monitoring.statement_baseline'::regclass),
        'monitoring.statement_baseline: an index is invalid';
END
$$;

ROLLBACK;
