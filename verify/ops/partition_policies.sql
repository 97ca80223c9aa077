-- Verify tradebase:ops/partition_policies on pg

BEGIN;

SELECT parent, period, premake, retention, action
FROM ops.partition_policies
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.partition_policies'::regclass),
        'ops.partition_policies: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'ops.partition_policies'::regclass),
        'ops.partition_policies: an index is invalid';
END
$$;

ROLLBACK;
