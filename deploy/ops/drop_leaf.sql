-- Deploy tradebase:ops/drop_leaf to pg
-- requires: ops/retire_leaf

BEGIN;

CALL ops.guard_deploy();

-- A definer of the owner: see ops/retire_leaf.
CREATE FUNCTION ops.drop_leaf(leaf name)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '5s'
AS $$
DECLARE
    away record;
BEGIN
    SELECT r.id, r.exported_at, p.action INTO away
    FROM ops.retired_leaves AS r
    JOIN ops.partition_policies AS p ON p.parent = r.parent
    WHERE r.leaf = drop_leaf.leaf AND r.dropped_at IS NULL AND r.reattached_at IS NULL
    FOR UPDATE OF r;
    IF NOT found THEN
        RAISE EXCEPTION 'no leaf of this name in the attic'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf);
    END IF;
    IF away.action = 'detach' OR (away.action = 'export' AND away.exported_at IS NULL) THEN
        RAISE EXCEPTION 'the policy of the leaf''s table does not have it dropped'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'leaf', 'leaf', leaf, 'action', away.action, 'is_exported', away.exported_at IS NOT NULL
            );
    END IF;

    EXECUTE format('DROP TABLE attic.%I', leaf);
    UPDATE ops.retired_leaves AS r SET dropped_at = clock_timestamp() WHERE r.id = away.id;
END
$$;

COMMENT ON FUNCTION ops.drop_leaf(name) IS
'Drops a retired leaf where its table''s policy is drop, or export and it was exported. TR010 no such leaf, or neither '
'of the two; 55P03 it was locked for five seconds.';

GRANT EXECUTE ON FUNCTION ops.drop_leaf(name) TO tradebase_worker;

COMMIT;
