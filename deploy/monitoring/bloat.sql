-- Deploy tradebase:monitoring/bloat to pg
-- requires: monitoring/storage_samples_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.bloat WITH (security_invoker = TRUE) AS
SELECT
    s.relation, s.kind, s.of_table, s.sampled_on, s.bytes, s.row_estimate, s.bytes - s.expected_bytes AS bloat_bytes,
    round(100.0 * (s.bytes - s.expected_bytes) / nullif(s.bytes, 0), 1) AS bloat_percent
FROM monitoring.storage_samples AS s
WHERE
    s.sampled_on = (SELECT max(l.sampled_on) FROM monitoring.storage_samples AS l)
    AND s.expected_bytes IS NOT NULL;

COMMENT ON VIEW monitoring.bloat IS
'How much more each table, leaf and index takes than the same rows took when they took least, in the last sample: an '
'estimate from bytes per row, as pg_index_watch makes it (github.com/dataegret/pg_index_watch). It sees no bloat that was '
'there before the first sample, and takes rows that became wider for bloat.';

GRANT SELECT ON monitoring.bloat TO tradebase_monitor;

COMMIT;
