-- Deploy tradebase:monitoring/sample_storage to pg
-- requires: monitoring/storage
-- requires: monitoring/storage_samples_access

BEGIN;

CALL ops.guard_deploy();

-- Bloat as pg_index_watch (github.com/dataegret/pg_index_watch) estimates it: bytes per row against the least that they
-- ever were for this relation. Formulas that reckon from column widths need pg_stats, which under row level security
-- shows nobody anything, the owner included.
CREATE FUNCTION monitoring.sample_storage()
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET jit = off
AS $$
DECLARE
    today   CONSTANT date := clock_timestamp()::date;
    sampled integer;
BEGIN
    DELETE FROM monitoring.storage_samples AS s WHERE s.sampled_on < today - 90;
    INSERT INTO monitoring.storage_samples AS s (
        relation, sampled_on, kind, of_table, bytes, row_estimate, expected_bytes
    )
    SELECT
        n.relation, today, n.kind, n.of_table, n.bytes, n.row_estimate,
        -- The first of them knows no better.
        CASE WHEN n.row_estimate IS NOT NULL THEN least(n.bytes, (n.row_estimate * b.least_per_row)::bigint) END
    FROM (
        SELECT t.relation, t.kind, t.of_table, t.bytes, t.row_estimate FROM monitoring.storage AS t
        UNION ALL
        SELECT 'database', 'database', 'database', pg_database_size(current_database()), NULL
    ) AS n
    LEFT JOIN LATERAL (
        -- It is carried on from sample to sample: the last one knows the least of all before.
        SELECT e.expected_bytes::numeric / e.row_estimate AS least_per_row
        FROM monitoring.storage_samples AS e
        WHERE e.relation = n.relation AND e.sampled_on < today AND e.row_estimate IS NOT NULL
        ORDER BY e.sampled_on DESC
        LIMIT 1
    ) AS b ON TRUE
    WHERE length(n.relation) <= 200 AND length(n.of_table) <= 200
    ON CONFLICT ON CONSTRAINT storage_samples_pkey DO UPDATE
    SET
        kind = excluded.kind, of_table = excluded.of_table, bytes = excluded.bytes,
        row_estimate = excluded.row_estimate, expected_bytes = excluded.expected_bytes;
    GET DIAGNOSTICS sampled = ROW_COUNT;
    RETURN sampled;
END
$$;

COMMENT ON FUNCTION monitoring.sample_storage() IS
'Keeps in monitoring.storage_samples how large everything is today, and forgets what is older than 90 days; again on the '
'same day takes its place. Returns how many relations. Due once a day, see ops.due_maintenance().';

GRANT CREATE ON SCHEMA monitoring TO tradebase_kernel;
ALTER FUNCTION monitoring.sample_storage() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA monitoring FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION monitoring.sample_storage() TO tradebase_worker;

COMMIT;
