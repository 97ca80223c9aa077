-- Deploy tradebase:ops/reattach_leaf to pg
-- requires: ops/leaf_problems
-- requires: ops/partition_bounds
-- requires: ops/retire_leaf

BEGIN;

CALL ops.guard_deploy();

-- A definer of the owner: see ops/retire_leaf.
CREATE FUNCTION ops.reattach_leaf(leaf name)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET datestyle = 'ISO'
SET lock_timeout = '5s'
AS $$
DECLARE
    away     ops.retired_leaves%ROWTYPE;
    relation regclass;
    name     text;
    digest   record;
    problems text[];
BEGIN
    SELECT * INTO away
    FROM ops.retired_leaves AS r
    WHERE r.leaf = reattach_leaf.leaf AND r.dropped_at IS NULL AND r.reattached_at IS NULL
    FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'no leaf of this name in the attic'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf),
            HINT = 'One that was dropped comes back from its file: tradebase maintain reattach FILE.';
    END IF;
    relation := to_regclass(format('attic.%I', leaf));

    SELECT d.* INTO digest FROM ops.row_digest(relation, ops.leaf_columns(relation)) AS d;
    IF (digest.rows, digest.checksum) IS DISTINCT FROM (away.rows, away.checksum) THEN
        RAISE EXCEPTION 'the leaf does not hold what was retired'
            USING ERRCODE = 'TR903', DETAIL = jsonb_build_object('leaf', leaf, 'rows', digest.rows, 'expected', away.rows);
    END IF;
    EXECUTE format('DROP POLICY %I ON attic.%I', left(leaf, 49) || '_kernel_select', leaf);
    EXECUTE format('ALTER TABLE attic.%I SET SCHEMA partitions', leaf);
    EXECUTE format(
        'ALTER TABLE %s ATTACH PARTITION partitions.%I FOR VALUES FROM (%L) TO (%L)',
        away.parent, leaf, away.from_at, away.to_at
    );
    -- The bounds as a CHECK, which DETACH … CONCURRENTLY has left and which has spared ATTACH to read the rows.
    FOR name IN
        SELECT c.conname::text FROM pg_catalog.pg_constraint AS c
        WHERE
            c.conrelid = relation AND c.contype = 'c'
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS p WHERE p.conrelid = away.parent AND p.conname = c.conname
            )
    LOOP
        EXECUTE format('ALTER TABLE partitions.%I DROP CONSTRAINT %I', leaf, name);
    END LOOP;

    problems := ops.leaf_problems(relation);
    IF problems <> '{}' THEN
        RAISE EXCEPTION 'the leaf is not like its parent: %', problems[1]
            USING ERRCODE = 'TR903', DETAIL = to_jsonb(problems);
    END IF;
    UPDATE ops.retired_leaves AS r SET reattached_at = clock_timestamp() WHERE r.id = away.id;
    RETURN away.rows;
END
$$;

COMMENT ON FUNCTION ops.reattach_leaf(name) IS
'Attaches a leaf from the attic again, where its rows are still those that were retired; returns how many. It is not '
'retired again for thirty days. TR010 no such leaf in the attic; TR903 other rows, or no longer like its parent; 55P03 '
'a table was locked for five seconds.';

GRANT EXECUTE ON FUNCTION ops.reattach_leaf(name) TO tradebase_worker;

COMMIT;
