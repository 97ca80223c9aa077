-- Deploy tradebase:monitoring/tables to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.tables WITH (security_invoker = TRUE) AS
SELECT
    format('%s.%s', s.schemaname, s.relname) COLLATE "default" AS relation, s.n_live_tup AS live_rows,
    s.n_dead_tup AS dead_rows,
    round(100.0 * s.n_dead_tup / nullif(s.n_live_tup + s.n_dead_tup, 0), 1) AS dead_percent,
    s.n_tup_upd AS updates, s.n_tup_hot_upd AS hot_updates,
    round(100.0 * s.n_tup_hot_upd / nullif(s.n_tup_upd, 0), 1) AS hot_percent,
    s.n_mod_since_analyze AS changes_since_analyze, greatest(s.last_vacuum, s.last_autovacuum) AS vacuumed_at,
    greatest(s.last_analyze, s.last_autoanalyze) AS analyzed_at,
    age(c.relfrozenxid) AS freeze_age, mxid_age(c.relminmxid) AS multixact_age,
    s.seq_scan AS sequential_scans, s.seq_tup_read AS sequential_rows, s.idx_scan AS index_scans
FROM pg_catalog.pg_stat_user_tables AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.relid
-- Not what is a session's own.
WHERE c.relkind IN ('r', 'm') AND s.schemaname !~ '^pg_';

COMMENT ON VIEW monitoring.tables IS
'Of each table and leaf: rows alive and dead, updates, vacuum and how long ago it was frozen. On a replica the counters '
'are its own: rows and vacuum only the primary knows.';
COMMENT ON COLUMN monitoring.tables.hot_percent IS
'Of its updates those that touched no index (heap-only); NULL when there were none.';
COMMENT ON COLUMN monitoring.tables.freeze_age IS
'Transactions since the oldest row that is not frozen; autovacuum forces it at autovacuum_freeze_max_age.';

GRANT SELECT ON monitoring.tables TO tradebase_monitor;

COMMIT;
