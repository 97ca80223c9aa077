-- Deploy tradebase:monitoring/sessions to pg
-- requires: monitoring/owners_sessions

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.sessions WITH (security_invoker = TRUE) AS
SELECT s.* FROM monitoring.owners_sessions() AS s;

COMMENT ON VIEW monitoring.sessions IS
'Every session of the server, without the text of its statement, which has users'' values in it. Where the owner of the '
'database has no pg_read_all_stats, kind, state and times of others are NULL: GRANT pg_read_all_stats TO tradebase_monitor '
'gives it to both.';
COMMENT ON COLUMN monitoring.sessions.kind IS 'client backend, walsender, autovacuum worker, …';
COMMENT ON COLUMN monitoring.sessions.query_id IS
'Which statement: monitoring.statements has it. NULL where compute_query_id is off.';
COMMENT ON COLUMN monitoring.sessions.holds_back IS
'How many transactions ago it began to look: of what died since, nothing can be cleared away. NULL when it looks at nothing.';

GRANT SELECT ON monitoring.sessions TO tradebase_monitor;

COMMIT;
