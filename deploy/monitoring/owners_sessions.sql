-- Deploy tradebase:monitoring/owners_sessions to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- On hosted Supabase nobody may give pg_read_all_stats to the monitor, but the owner has it; elsewhere the owner has it
-- by the monitor. So this definer function is the owner's, and not the kernel's: it takes no argument and tells no
-- text.
CREATE FUNCTION monitoring.owners_sessions()
RETURNS TABLE (
    pid integer, database text, role text, application text, kind text, state text, wait_type text, wait text,
    connected_at timestamptz, transaction_at timestamptz, state_at timestamptz, query_id bigint, holds_back integer
)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT
        a.pid, a.datname::text, a.usename::text, a.application_name, a.backend_type, a.state, a.wait_event_type,
        a.wait_event, a.backend_start, a.xact_start, a.state_change, a.query_id, age(a.backend_xmin)
    FROM pg_catalog.pg_stat_activity AS a
    -- Not the server's own.
    WHERE a.datid IS NOT NULL OR a.usesysid IS NOT NULL;
END;

COMMENT ON FUNCTION monitoring.owners_sessions() IS
'Sessions as the owner of the database sees them. Read monitoring.sessions instead.';

GRANT EXECUTE ON FUNCTION monitoring.owners_sessions() TO tradebase_monitor;

COMMIT;
