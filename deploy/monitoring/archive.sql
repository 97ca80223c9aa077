-- Deploy tradebase:monitoring/archive to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.archive WITH (security_invoker = TRUE) AS
SELECT
    current_setting('archive_mode') AS mode,
    (
        current_setting('archive_command') NOT IN ('', '(disabled)') OR current_setting('archive_library') <> ''
    ) AS has_target,
    a.archived_count, a.failed_count, a.last_archived_wal, a.last_archived_time AS last_archived_at,
    a.last_failed_wal, a.last_failed_time AS last_failed_at, a.stats_reset AS reset_at,
    coalesce(a.last_failed_time > a.last_archived_time, a.last_failed_time IS NOT NULL) AS is_failing,
    round(extract(EPOCH FROM clock_timestamp() - a.last_archived_time), 3) AS archived_seconds_ago
FROM pg_catalog.pg_stat_archiver AS a;

COMMENT ON VIEW monitoring.archive IS
'Whether WAL goes into the archive: one row. Of the server that is asked; a replica archives nothing unless archive_mode '
'is always.';
COMMENT ON COLUMN monitoring.archive.has_target IS 'Whether anything says where to.';
COMMENT ON COLUMN monitoring.archive.is_failing IS 'Whether the last attempt failed: WAL is kept until one succeeds.';

GRANT SELECT ON monitoring.archive TO tradebase_monitor;

COMMIT;
