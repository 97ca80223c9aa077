-- Verify tradebase:ops/recovery_drills on pg

BEGIN;

SELECT id, kind, repository, target, started_at, finished_at, status, rpo, rto, detail
FROM ops.recovery_drills
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.recovery_drills'::regclass),
        'ops.recovery_drills: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'ops.recovery_drills'::regclass),
        'ops.recovery_drills: an index is invalid';
END
$$;

ROLLBACK;
