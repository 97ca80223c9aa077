-- Deploy tradebase:ops/record_export to pg
-- requires: ops/retired_leaves_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.record_export(leaf name, file text, rows bigint, checksum text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    away record;
BEGIN
    SELECT r.id, r.rows, r.checksum INTO away
    FROM ops.retired_leaves AS r
    WHERE r.leaf = record_export.leaf AND r.dropped_at IS NULL AND r.reattached_at IS NULL
    FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'no leaf of this name in the attic'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf);
    END IF;
    IF (rows, checksum) IS DISTINCT FROM (away.rows, away.checksum) THEN
        RAISE EXCEPTION 'the file does not hold what was retired'
            USING ERRCODE = 'TR903', DETAIL = jsonb_build_object(
                'leaf', leaf, 'rows', rows, 'expected', away.rows, 'is_checksum_equal', checksum = away.checksum
            );
    END IF;
    IF (length(file) BETWEEN 1 AND 4096) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid file'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'file', 'expected', 'a path of 1 to 4096 characters'
            );
    END IF;
    UPDATE ops.retired_leaves AS r SET exported_to = file, exported_at = clock_timestamp() WHERE r.id = away.id;
END
$$;

COMMENT ON FUNCTION ops.record_export(name, text, bigint, text) IS
'Says that a file was read back and holds so many rows with this checksum; ops.drop_leaf() may drop the leaf then. '
'TR010 no such leaf in the attic, or no path; TR903 these are not the rows that were retired.';

-- For the owner alone, who can read the leaf: whoever else said it would only have read it in ops.retired_leaves.
COMMIT;
