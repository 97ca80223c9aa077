-- Deploy tradebase:monitoring/replicas to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- A slot is seen by everybody and says what its standby has on disk. What the standby reports beside that only
-- pg_read_all_stats may read, which a superuser grants; without it those columns are NULL, and nobody is fresh.
CREATE VIEW monitoring.replicas WITH (security_invoker = TRUE) AS
SELECT
    current_setting('cluster_name') AS name, TRUE AS is_here,
    CASE
        WHEN pg_get_wal_replay_pause_state() = 'paused' THEN 'paused'
        WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_get_wal_receiver() AS r WHERE r.pid IS NOT NULL) THEN 'streaming'
        ELSE 'away'
    END AS state,
    NULL::boolean AS is_synchronous, pg_last_wal_receive_lsn() AS has_on_disk, pg_last_wal_replay_lsn() AS has_replayed,
    pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() AS bytes_behind,
    clock_timestamp() - pg_last_xact_replay_timestamp() AS time_behind, NULL::bigint AS bytes_until_lost
WHERE pg_is_in_recovery()
UNION ALL
SELECT
    s.slot_name::text, FALSE,
    CASE WHEN s.wal_status = 'lost' THEN 'lost' WHEN NOT s.active THEN 'away' ELSE coalesce(r.state, 'connected') END,
    r.sync_state IN ('sync', 'quorum', 'potential'), s.restart_lsn,
    r.replay_lsn, w.here - coalesce(r.replay_lsn, s.restart_lsn),
    CASE WHEN r.replay_lsn >= w.here THEN INTERVAL '0' ELSE r.replay_lag END, s.safe_wal_size
FROM pg_catalog.pg_replication_slots AS s
LEFT JOIN pg_catalog.pg_stat_replication AS r ON r.pid = s.active_pid
-- A replica knows no present position, and to be asked for it is an error there.
CROSS JOIN (SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END AS here) AS w
WHERE s.slot_type = 'physical' AND NOT s.temporary AND NOT pg_is_in_recovery();

COMMENT ON VIEW monitoring.replicas IS
'How far the replicas are. On the primary a row for each slot that a standby follows by; on a replica one, for itself. '
'Where a read may go monitoring.read_target() says.';
COMMENT ON COLUMN monitoring.replicas.name IS 'Its cluster_name, which is its slot''s too.';
COMMENT ON COLUMN monitoring.replicas.is_here IS 'Whether it is the server that was asked.';
COMMENT ON COLUMN monitoring.replicas.state IS
'streaming is well, catchup nearly; connected: not told to who asks; away: nobody follows, and WAL is kept for it; paused: '
'somebody has stopped replay; lost: it was away for longer than max_slot_wal_keep_size, and must be made anew.';
COMMENT ON COLUMN monitoring.replicas.is_synchronous IS 'Whether commits wait for it; NULL: not told to who asks.';
COMMENT ON COLUMN monitoring.replicas.bytes_behind IS
'WAL that the primary has and it has not replayed (without pg_read_all_stats: not on disk); on a replica, what it has '
'received and not replayed.';
COMMENT ON COLUMN monitoring.replicas.time_behind IS
'On a replica the age of the last commit it has replayed: it is at most that far behind, and on an idle primary not at '
'all (both clocks agreeing). On the primary what PostgreSQL measured last, which does not grow while replay stands still: '
'watch bytes_behind.';
COMMENT ON COLUMN monitoring.replicas.bytes_until_lost IS
'How much the primary may still write before the slot is lost; NULL where nothing bounds it, and on a replica.';

GRANT SELECT ON monitoring.replicas TO tradebase_monitor;

COMMIT;
