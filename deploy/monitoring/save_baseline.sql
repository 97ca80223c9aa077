-- Deploy tradebase:monitoring/save_baseline to pg
-- requires: monitoring/statement_baseline_access
-- requires: monitoring/statement_counters

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION monitoring.save_baseline()
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_at  CONSTANT timestamptz := clock_timestamp();
    saved   integer;
    missing text;
    since   timestamptz;
BEGIN
    -- Two at once take turns: the later is the baseline.
    PERFORM pg_advisory_xact_lock(7477, 0);
    SELECT c.problem, c.reset_at INTO missing, since FROM monitoring.statement_counters(FALSE) AS c WHERE c.query_id IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'there is nothing to save' USING ERRCODE = 'object_not_in_prerequisite_state', HINT = missing;
    END IF;
    DELETE FROM monitoring.statement_baseline;
    INSERT INTO monitoring.statement_baseline (
        query_id, role, is_toplevel, calls, total_us, buffers, saved_at, reset_at
    )
    SELECT c.query_id, c.role, c.is_toplevel, c.calls, c.total_us, c.buffers, now_at, since
    FROM monitoring.statement_counters(FALSE) AS c
    WHERE c.query_id IS NOT NULL;
    GET DIAGNOSTICS saved = ROW_COUNT;
    RETURN saved;
END
$$;

COMMENT ON FUNCTION monitoring.save_baseline() IS
'Keeps what each statement has cost until now, in place of the baseline before: monitoring.statements and health compare '
'with it. To be called when all is well. Returns of how many statements. 55000 statements are not counted: the hint says '
'what is missing.';

GRANT CREATE ON SCHEMA monitoring TO tradebase_kernel;
ALTER FUNCTION monitoring.save_baseline() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA monitoring FROM tradebase_kernel;

-- The one thing that who watches may write: how things were when they were well.
GRANT EXECUTE ON FUNCTION monitoring.save_baseline() TO tradebase_monitor;

COMMIT;
