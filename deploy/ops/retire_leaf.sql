-- Deploy tradebase:ops/retire_leaf to pg
-- requires: ops/leaf_columns
-- requires: ops/leaf_period
-- requires: ops/retired_leaves_access
-- requires: ops/row_digest

BEGIN;

CALL ops.guard_deploy();

-- Definers of the owner, as ops.ensure_partitions() is and for the same reason: the leaf is the owner's. To take it off
-- its parent without a lock that readers feel, DETACH … CONCURRENTLY, no function can do; see ops.due_maintenance().
CREATE FUNCTION ops.retire_leaf(leaf name)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5s'
AS $$
DECLARE
    relation CONSTANT regclass := to_regclass('partitions.' || quote_ident(leaf));
    period   record;
    digest   record;
BEGIN
    SELECT * INTO period FROM ops.leaf_period(leaf);
    IF NOT found OR relation IS NULL THEN
        RAISE EXCEPTION 'no leaf of this name in schema partitions'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf);
    END IF;
    IF (SELECT c.relispartition FROM pg_catalog.pg_class AS c WHERE c.oid = relation) THEN
        RAISE EXCEPTION 'the leaf is still attached'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf),
            HINT = 'ALTER TABLE … DETACH PARTITION … CONCURRENTLY comes first.';
    END IF;

    EXECUTE format('ALTER TABLE partitions.%I SET SCHEMA attic', leaf);
    -- Under its parent's policies no more; FORCE hides it from the owner too, who has to count and to export it.
    EXECUTE format(
        'CREATE POLICY %I ON attic.%I FOR SELECT TO tradebase_kernel USING (TRUE)',
        left(leaf, 49) || '_kernel_select', leaf
    );
    SELECT d.* INTO digest FROM ops.row_digest(relation, ops.leaf_columns(relation)) AS d;
    INSERT INTO ops.retired_leaves (parent, leaf, from_at, to_at, rows, checksum)
    VALUES (period.parent, leaf, period.from_at, period.to_at, digest.rows, digest.checksum);
    RETURN digest.rows;
END
$$;

COMMENT ON FUNCTION ops.retire_leaf(name) IS
'Moves a leaf that was taken off its parent to schema attic, counts its rows and puts it on record; returns how many '
'they are. TR010 no such leaf, or it is still attached; 55P03 it was locked for five seconds.';

GRANT EXECUTE ON FUNCTION ops.retire_leaf(name) TO tradebase_worker;

COMMIT;
