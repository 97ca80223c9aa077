-- Verify tradebase:monitoring/storage_samples on pg

BEGIN;

SELECT relation, sampled_on, kind, of_table, bytes, row_estimate, expected_bytes
FROM monitoring.storage_samples WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'monitoring.storage_samples'::regclass),
        'monitoring.storage_samples: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'monitoring.storage_samples'::regclass),
        'monitoring.storage_samples: an index is invalid';
END
$$;

ROLLBACK;
