-- Deploy tradebase:monitoring/visible_sessions to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.visible_sessions WITH (security_invoker = TRUE) AS
SELECT
    a.pid, a.datname AS database, a.usename AS role, a.application_name AS application, a.backend_type AS kind, a.state,
    a.wait_event_type AS wait_type, a.wait_event AS wait, a.backend_start AS connected_at,
    a.xact_start AS transaction_at, a.state_change AS state_at, a.query_id,
    age(a.backend_xmin) AS holds_back
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datid IS NOT NULL OR a.usesysid IS NOT NULL;

COMMENT ON VIEW monitoring.visible_sessions IS
'Sessions as who asks may see them: without pg_read_all_stats, of others no more than that they are there. No text of a '
'statement, which has users'' values in it. Read monitoring.sessions instead.';

GRANT SELECT ON monitoring.visible_sessions TO tradebase_monitor;

COMMIT;
