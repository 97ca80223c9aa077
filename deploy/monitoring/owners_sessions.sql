-- Deploy tradebase:monitoring/owners_sessions to pg
-- requires: monitoring/visible_sessions

BEGIN;

CALL ops.guard_deploy();

-- On hosted Supabase nobody may give pg_read_all_stats to the monitor, but the owner has it. So this one definer function
-- is the owner's, and not the kernel's: it takes no argument and tells no text.
CREATE FUNCTION monitoring.owners_sessions()
RETURNS SETOF monitoring.visible_sessions
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.* FROM monitoring.visible_sessions AS s;
END;

COMMENT ON FUNCTION monitoring.owners_sessions() IS
'Sessions as the owner of the database sees them. Read monitoring.sessions instead.';

GRANT EXECUTE ON FUNCTION monitoring.owners_sessions() TO tradebase_monitor;

COMMIT;
