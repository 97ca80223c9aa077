-- Deploy tradebase:monitoring/drills to pg
-- requires: ops/recovery_drills_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.drills WITH (security_invoker = TRUE) AS
SELECT
    d.kind, d.repository, d.status, d.target, d.finished_at,
    round(extract(EPOCH FROM clock_timestamp() - d.finished_at), 3) AS age_seconds,
    round(extract(EPOCH FROM d.rpo), 3) AS rpo_seconds, round(extract(EPOCH FROM d.rto), 3) AS rto_seconds,
    g.finished_at AS last_good_at,
    round(extract(EPOCH FROM clock_timestamp() - g.finished_at), 3) AS last_good_age_seconds
FROM (
    SELECT DISTINCT ON (x.kind, x.repository) x.*
    FROM ops.recovery_drills AS x
    ORDER BY x.kind ASC, x.repository ASC, x.finished_at DESC, x.id DESC
) AS d
LEFT JOIN LATERAL (
    SELECT max(x.finished_at) AS finished_at
    FROM ops.recovery_drills AS x
    WHERE x.kind = d.kind AND x.repository IS NOT DISTINCT FROM d.repository AND x.status = 'succeeded'
) AS g ON TRUE;

COMMENT ON VIEW monitoring.drills IS
'The last restore that was tried, of each kind and out of each repository, and when the last good one was.';
COMMENT ON COLUMN monitoring.drills.rpo_seconds IS 'How much a disaster would have cost.';
COMMENT ON COLUMN monitoring.drills.rto_seconds IS 'How long it took until the restored database took writes.';

GRANT SELECT ON monitoring.drills TO tradebase_monitor;

COMMIT;
