-- Deploy tradebase:ops/record_backup to pg
-- requires: ops/backups_access

BEGIN;

CALL ops.guard_deploy();

-- repository is an integer here, so that a literal finds the function.
CREATE FUNCTION ops.record_backup(
    kind text, repository integer, label text, started_at timestamptz, status text, bytes bigint,
    repository_bytes bigint, detail jsonb DEFAULT '{}'
)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Repository 2 is on another machine: when it is over is now, by the clock that says later how old it is.
    over CONSTANT timestamptz := clock_timestamp();
    flaw CONSTANT text := CASE
        WHEN (kind IN ('full', 'diff', 'incr', 'export')) IS NOT TRUE THEN 'kind'
        WHEN ((kind = 'export') = (repository IS NULL) AND (repository IS NULL OR repository IN (1, 2))) IS NOT TRUE
            THEN 'repository'
        WHEN (status IN ('succeeded', 'failed')) IS NOT TRUE THEN 'status'
        WHEN (length(label) BETWEEN 1 AND 200) IS NOT TRUE AND (status = 'succeeded' OR label IS NOT NULL) THEN 'label'
        WHEN (started_at <= over) IS NOT TRUE THEN 'started_at'
        WHEN bytes < 0 THEN 'bytes'
        WHEN repository_bytes < 0 THEN 'repository_bytes'
        WHEN (jsonb_typeof(detail) = 'object') IS NOT TRUE THEN 'detail'
    END;
    made bigint;
BEGIN
    IF flaw IS NOT NULL THEN
        RAISE EXCEPTION 'this is no backup: see argument %', flaw
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', flaw);
    END IF;

    INSERT INTO ops.backups (
        kind, repository, label, started_at, finished_at, status, bytes, repository_bytes, detail
    )
    VALUES (
        record_backup.kind, record_backup.repository, record_backup.label, record_backup.started_at, over,
        record_backup.status, record_backup.bytes, record_backup.repository_bytes, record_backup.detail
    )
    RETURNING id INTO made;
    RETURN made;
END
$$;

COMMENT ON FUNCTION ops.record_backup(text, integer, text, timestamptz, text, bigint, bigint, jsonb) IS
'Keeps in ops.backups that a backup or an export was made, or failed; it is over now. Returns its id. What succeeded has '
'a label. TR010 an argument that is no backup''s.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.record_backup(text, integer, text, timestamptz, text, bigint, bigint, jsonb)
OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.record_backup(text, integer, text, timestamptz, text, bigint, bigint, jsonb)
TO tradebase_worker;

COMMIT;
