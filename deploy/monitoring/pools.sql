-- Deploy tradebase:monitoring/pools to pg
-- requires: monitoring/pool_samples_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.pools WITH (security_invoker = TRUE) AS
SELECT
    p.pool, p.login, p.sampled_at, p.clients_active, p.clients_waiting, p.servers_active, p.servers_idle,
    round(extract(EPOCH FROM p.max_wait), 6) AS max_wait_seconds,
    round(extract(EPOCH FROM clock_timestamp() - p.sampled_at), 3) AS age_seconds
FROM monitoring.pool_samples AS p
WHERE p.sampled_at = (SELECT max(l.sampled_at) FROM monitoring.pool_samples AS l);

COMMENT ON VIEW monitoring.pools IS
'What PgBouncer said when it was last asked, a row for each pool: saturated is one whose clients wait.';
COMMENT ON COLUMN monitoring.pools.max_wait_seconds IS 'How long the client that has waited longest had waited.';
COMMENT ON COLUMN monitoring.pools.age_seconds IS 'How long ago that was: nobody asks PgBouncer when it grows.';

GRANT SELECT ON monitoring.pools TO tradebase_monitor;

COMMIT;
