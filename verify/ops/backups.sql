-- Verify tradebase:ops/backups on pg

BEGIN;

SELECT id, repository, label, kind, started_at, finished_at, bytes, repository_bytes, status, detail
FROM ops.backups
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.backups'::regclass),
        'ops.backups: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'ops.backups'::regclass),
        'ops.backups: an index is invalid';
END
$$;

ROLLBACK;
