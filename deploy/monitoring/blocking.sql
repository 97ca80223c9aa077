-- Deploy tradebase:monitoring/blocking to pg
-- requires: monitoring/sessions

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.blocking WITH (security_invoker = TRUE) AS
WITH RECURSIVE waiting AS MATERIALIZED (
    SELECT
        l.pid, l.waitstart, l.locktype, l.mode, l.database, l.relation, pg_catalog.pg_blocking_pids(l.pid) AS blocked_by
    FROM pg_catalog.pg_locks AS l
    WHERE NOT l.granted AND l.pid IS NOT NULL
),

-- Who stands behind whom, however many are between; a circle ends by itself, since a pair comes once.
behind AS (
    SELECT w.pid, b.blocker
    FROM waiting AS w
    CROSS JOIN LATERAL unnest(w.blocked_by) AS b (blocker)
    UNION
    SELECT h.pid, b.blocker
    FROM behind AS h
    JOIN waiting AS w ON w.pid = h.blocker
    CROSS JOIN LATERAL unnest(w.blocked_by) AS b (blocker)
)

SELECT
    w.pid, s.role, s.application, w.locktype AS lock_type, w.mode AS lock_mode,
    -- Of another database the name is not known here.
    CASE WHEN w.database = d.oid THEN w.relation::regclass::text END AS relation,
    round(extract(EPOCH FROM clock_timestamp() - w.waitstart), 3) AS waiting_seconds, w.blocked_by,
    h.blocker AS root_pid, r.role AS root_role, r.application AS root_application,
    CASE WHEN h.blocker = 0 THEN 'prepared transaction' ELSE r.state END AS root_state,
    round(extract(EPOCH FROM clock_timestamp() - r.transaction_at), 3) AS root_transaction_seconds
FROM waiting AS w
JOIN behind AS h ON h.pid = w.pid AND h.blocker NOT IN (SELECT x.pid FROM waiting AS x)
JOIN pg_catalog.pg_database AS d ON d.datname = current_database()
LEFT JOIN monitoring.sessions AS s ON s.pid = w.pid
LEFT JOIN monitoring.sessions AS r ON r.pid = h.blocker;

COMMENT ON VIEW monitoring.blocking IS
'Who waits for a lock, how long, and who is at the root of it: holds it and waits for nobody. A row for each who waits '
'and each root. No text of a statement: it has users'' values in it.';
COMMENT ON COLUMN monitoring.blocking.blocked_by IS 'Whom it waits for, in a queue those before it too; 0 is a prepared transaction.';
COMMENT ON COLUMN monitoring.blocking.relation IS 'NULL when it waits for a transaction to end, as behind a row.';
COMMENT ON COLUMN monitoring.blocking.root_pid IS 'SELECT pg_terminate_backend(root_pid) lets everybody behind it go on.';

GRANT SELECT ON monitoring.blocking TO tradebase_monitor;

COMMIT;
