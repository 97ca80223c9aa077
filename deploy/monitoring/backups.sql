-- Deploy tradebase:monitoring/backups to pg
-- requires: ops/backups_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.backups WITH (security_invoker = TRUE) AS
SELECT
    b.repository, b.kind, good.label, good.finished_at,
    round(extract(EPOCH FROM clock_timestamp() - good.finished_at), 3) AS age_seconds,
    round(extract(EPOCH FROM good.finished_at - good.started_at), 3) AS took_seconds, good.bytes, good.repository_bytes,
    bad.finished_at AS failed_at,
    coalesce(bad.finished_at > good.finished_at, bad.finished_at IS NOT NULL) AS is_failing
FROM (
    SELECT r.repository, k.kind
    FROM (VALUES (1), (2), (NULL)) AS r (repository)
    CROSS JOIN (VALUES ('full'), ('diff'), ('incr'), ('export')) AS k (kind)
    WHERE (r.repository IS NULL) = (k.kind = 'export')
) AS b
LEFT JOIN LATERAL (
    SELECT x.* FROM ops.backups AS x
    WHERE x.kind = b.kind AND x.repository IS NOT DISTINCT FROM b.repository AND x.status = 'succeeded'
    ORDER BY x.finished_at DESC
    LIMIT 1
) AS good ON TRUE
LEFT JOIN LATERAL (
    SELECT x.* FROM ops.backups AS x
    WHERE x.kind = b.kind AND x.repository IS NOT DISTINCT FROM b.repository AND x.status = 'failed'
    ORDER BY x.finished_at DESC
    LIMIT 1
) AS bad ON TRUE
WHERE good.id IS NOT NULL OR bad.id IS NOT NULL;

COMMENT ON VIEW monitoring.backups IS
'The last good backup of each kind in each repository, and the last that failed; exports are in no repository.';
COMMENT ON COLUMN monitoring.backups.is_failing IS 'Whether the last one failed.';

GRANT SELECT ON monitoring.backups TO tradebase_monitor;

COMMIT;
