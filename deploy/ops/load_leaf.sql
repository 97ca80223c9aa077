-- Deploy tradebase:ops/load_leaf to pg
-- requires: ops/ensure_partitions
-- requires: ops/row_digest
-- requires: ops/stage_leaf

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.load_leaf(leaf name)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    away    ops.retired_leaves%ROWTYPE;
    key     name;
    columns CONSTANT name[] := ops.leaf_columns(to_regclass('pg_temp.leaf_rows'));
    digest  record;
BEGIN
    SELECT * INTO away
    FROM ops.retired_leaves AS r
    WHERE r.leaf = load_leaf.leaf AND r.reattached_at IS NULL
    FOR UPDATE;
    IF NOT found OR columns IS NULL THEN
        RAISE EXCEPTION 'no file of this leaf is staged'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf),
            HINT = 'ops.stage_leaf() comes first.';
    END IF;
    IF away.dropped_at IS NULL THEN
        RAISE EXCEPTION 'the leaf is still in the attic'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf),
            HINT = 'ops.reattach_leaf() takes it from there.';
    END IF;
    IF ops.ensure_partitions(away.parent, away.from_at::date, (away.to_at - INTERVAL '1 day')::date) <> 1 THEN
        RAISE EXCEPTION 'another leaf holds its time'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf);
    END IF;

    EXECUTE format(
        'INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM pg_temp.leaf_rows',
        away.parent,
        (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM unnest(columns) WITH ORDINALITY AS c (name, n))
    );
    SELECT a.attname INTO key
    FROM pg_catalog.pg_partitioned_table AS p
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE p.partrelid = away.parent;
    -- As the table shows them now, not as they were staged.
    SELECT d.* INTO digest FROM ops.row_digest(away.parent, columns, key, away.from_at, away.to_at) AS d;
    IF (digest.rows, digest.checksum) IS DISTINCT FROM (away.rows, away.checksum) THEN
        RAISE EXCEPTION 'the file does not hold what was retired'
            USING ERRCODE = 'TR903', DETAIL = jsonb_build_object('leaf', leaf, 'rows', digest.rows, 'expected', away.rows);
    END IF;
    UPDATE ops.retired_leaves AS r SET reattached_at = clock_timestamp() WHERE r.id = away.id;
    RETURN digest.rows;
END
$$;

COMMENT ON FUNCTION ops.load_leaf(name) IS
'Makes a dropped leaf anew and fills it with what was copied into pg_temp.leaf_rows, all of it or nothing; returns how '
'many rows. It is not retired again for thirty days. TR010 nothing is staged, or another leaf holds its time; TR903 '
'these are not the rows that were retired.';

-- For the owner alone, whose COPY it is.
COMMIT;
