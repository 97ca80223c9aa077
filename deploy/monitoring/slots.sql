-- Deploy tradebase:monitoring/slots to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.slots WITH (security_invoker = TRUE) AS
SELECT
    s.slot_name::text AS slot, s.slot_type AS kind, s.plugin::text, s.database::text, s.active AS is_active,
    s.wal_status,
    (h.here - s.restart_lsn)::bigint AS kept_bytes, s.safe_wal_size AS bytes_until_lost,
    greatest(age(s.xmin), age(s.catalog_xmin)) AS holds_back
FROM pg_catalog.pg_replication_slots AS s
CROSS JOIN (
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS here
) AS h;

COMMENT ON VIEW monitoring.slots IS
'Every replication slot: whether somebody reads it, and how much WAL is kept for it.';
COMMENT ON COLUMN monitoring.slots.wal_status IS
'reserved; extended: more than max_wal_size is kept; unreserved: about to be lost; lost: whoever read it begins anew.';
COMMENT ON COLUMN monitoring.slots.bytes_until_lost IS 'NULL where nothing bounds what is kept: then the disk does.';
COMMENT ON COLUMN monitoring.slots.holds_back IS 'How many transactions ago it began to need what has died: nothing of it can be cleared away.';

GRANT SELECT ON monitoring.slots TO tradebase_monitor;

COMMIT;
