-- Deploy tradebase:ops/record_drill to pg
-- requires: ops/recovery_drills_access

BEGIN;

CALL ops.guard_deploy();

-- repository is an integer here, so that a literal finds the function.
CREATE FUNCTION ops.record_drill(
    kind text, repository integer, target text, started_at timestamptz, status text, rpo interval, rto interval,
    detail jsonb DEFAULT '{}'
)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Whoever drilled may be on another machine: when it is over is now, by the clock that says later how old it is.
    over CONSTANT timestamptz := clock_timestamp();
    flaw CONSTANT text := CASE
        WHEN (kind IN ('archive', 'export', 'region')) IS NOT TRUE THEN 'kind'
        WHEN ((kind = 'export') = (repository IS NULL) AND (repository IS NULL OR repository IN (1, 2))) IS NOT TRUE
            THEN 'repository'
        WHEN (length(target) BETWEEN 1 AND 200) IS NOT TRUE THEN 'target'
        WHEN (started_at <= over) IS NOT TRUE THEN 'started_at'
        WHEN (status IN ('succeeded', 'failed')) IS NOT TRUE THEN 'status'
        WHEN (rpo >= INTERVAL '0') IS NOT TRUE AND (status = 'succeeded' OR rpo IS NOT NULL) THEN 'rpo'
        WHEN (rto >= INTERVAL '0') IS NOT TRUE AND (status = 'succeeded' OR rto IS NOT NULL) THEN 'rto'
        WHEN (jsonb_typeof(detail) = 'object') IS NOT TRUE THEN 'detail'
    END;
    made bigint;
BEGIN
    IF flaw IS NOT NULL THEN
        RAISE EXCEPTION 'this is no drill: see argument %', flaw
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', flaw);
    END IF;

    INSERT INTO ops.recovery_drills (
        kind, repository, target, started_at, finished_at, status, rpo, rto, detail
    )
    VALUES (
        record_drill.kind, record_drill.repository, record_drill.target, record_drill.started_at, over,
        record_drill.status, record_drill.rpo, record_drill.rto, record_drill.detail
    )
    RETURNING id INTO made;
    RETURN made;
END
$$;

COMMENT ON FUNCTION ops.record_drill(text, integer, text, timestamptz, text, interval, interval, jsonb) IS
'Keeps in ops.recovery_drills how a restore went that was tried; it is over now. Returns its id. A good one says what '
'a disaster would have cost (rpo) and how long it took (rto). TR010 an argument that is no drill''s.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.record_drill(text, integer, text, timestamptz, text, interval, interval, jsonb)
OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.record_drill(text, integer, text, timestamptz, text, interval, interval, jsonb)
TO tradebase_worker;

COMMIT;
