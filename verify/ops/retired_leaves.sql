-- Verify tradebase:ops/retired_leaves on pg

BEGIN;

SELECT
    id, parent, leaf, from_at, to_at, rows, checksum, retired_at, exported_to, exported_at, dropped_at, reattached_at
FROM ops.retired_leaves
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.retired_leaves'::regclass),
        'ops.retired_leaves: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'ops.retired_leaves'::regclass),
        'ops.retired_leaves: an index is invalid';
    ASSERT (
        SELECT count(*) = 4 FROM pg_trigger
        WHERE
            tgrelid = 'ops.retired_leaves'::regclass AND tgfoid = 'ops.retired_leaves_audit'::regproc
            AND tgenabled = 'A'
    ),
        'ops.retired_leaves: an audit trigger is missing or not ENABLE ALWAYS';
END
$$;

ROLLBACK;
