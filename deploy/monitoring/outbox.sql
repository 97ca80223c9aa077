-- Deploy tradebase:monitoring/outbox to pg
-- requires: events/status

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.outbox WITH (security_invoker = TRUE) AS
SELECT
    s.consumer, s.pending, round(extract(EPOCH FROM s.delayed), 3) AS delayed_seconds, s.undelivered, s.delivered,
    s.last_error, s.blocked_by_pid, s.blocked_since, s.problem
FROM events.status() AS s;

COMMENT ON VIEW monitoring.outbox IS 'How far every consumer of events is: see events.status().';
COMMENT ON COLUMN monitoring.outbox.delayed_seconds IS 'How long the oldest event that waits for it has waited; NULL when none does.';

GRANT SELECT ON monitoring.outbox TO tradebase_monitor;

COMMIT;
