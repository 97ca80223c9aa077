-- Deploy tradebase:ops/record_export to pg
-- requires: ops/row_digest
-- requires: ops/stage_leaf

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.record_export(leaf name, file text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    away   ops.retired_leaves%ROWTYPE;
    staged CONSTANT regclass := to_regclass('pg_temp.leaf_rows');
    digest record;
BEGIN
    IF (length(file) BETWEEN 1 AND 4096) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid file'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'file', 'expected', 'a path of 1 to 4096 characters'
            );
    END IF;
    SELECT * INTO away
    FROM ops.retired_leaves AS r
    WHERE r.leaf = record_export.leaf AND r.dropped_at IS NULL AND r.reattached_at IS NULL
    FOR UPDATE;
    IF NOT found OR staged IS NULL THEN
        RAISE EXCEPTION 'no leaf of this name is in the attic, or no file is staged'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf),
            HINT = 'ops.stage_leaf() comes first.';
    END IF;
    SELECT d.* INTO digest FROM ops.row_digest(staged, ops.leaf_columns(staged)) AS d;
    IF (digest.rows, digest.checksum) IS DISTINCT FROM (away.rows, away.checksum) THEN
        RAISE EXCEPTION 'the file does not hold what was retired'
            USING ERRCODE = 'TR903', DETAIL = jsonb_build_object('leaf', leaf, 'rows', digest.rows, 'expected', away.rows);
    END IF;
    UPDATE ops.retired_leaves AS r SET exported_to = file, exported_at = clock_timestamp() WHERE r.id = away.id;
END
$$;

COMMENT ON FUNCTION ops.record_export(name, text) IS
'Says that a file holds the rows of a retired leaf, when what was read back from it into pg_temp.leaf_rows is just that; '
'ops.drop_leaf() may drop the leaf then. TR010 no such leaf in the attic, nothing staged, or no path; TR903 these are '
'not the rows that were retired.';

-- For the owner alone: whoever else said it could not have read the leaf.
COMMIT;
