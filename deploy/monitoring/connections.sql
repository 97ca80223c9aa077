-- Deploy tradebase:monitoring/connections to pg
-- requires: monitoring/sessions

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.connections WITH (security_invoker = TRUE) AS
SELECT
    s.database, s.role, coalesce(s.kind, 'not told') AS kind, coalesce(s.state, 'not told') AS state,
    coalesce(s.wait_type, 'none') AS wait_type, count(*) AS connections,
    round(extract(EPOCH FROM clock_timestamp() - min(s.connected_at)), 3) AS oldest_connection_seconds,
    round(extract(EPOCH FROM clock_timestamp() - min(s.transaction_at)), 3) AS oldest_transaction_seconds,
    round(extract(EPOCH FROM clock_timestamp() - min(s.state_at)), 3) AS oldest_state_seconds
FROM monitoring.sessions AS s
GROUP BY 1, 2, 3, 4, 5;

COMMENT ON VIEW monitoring.connections IS
'How many sessions there are, by database, role, kind, state and what they wait for, and how old the oldest of them is.';
COMMENT ON COLUMN monitoring.connections.wait_type IS
'What they wait for at this moment: Lock, LWLock, IO, Client (the next statement), …; none while they run.';
COMMENT ON COLUMN monitoring.connections.oldest_state_seconds IS
'The longest that one of them has been in its state: idle in transaction, it has thought so long.';

GRANT SELECT ON monitoring.connections TO tradebase_monitor;

COMMIT;
