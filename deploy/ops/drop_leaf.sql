-- Deploy tradebase:ops/drop_leaf to pg
-- requires: ops/drop_obstacle
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
    away     record;
    obstacle text;
BEGIN
    SELECT r.id, r.parent, r.to_at, r.exported_at INTO away
    FROM ops.retired_leaves AS r
    WHERE r.leaf = drop_leaf.leaf AND r.dropped_at IS NULL AND r.reattached_at IS NULL
    FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'no leaf of this name in the attic'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf);
    END IF;
    obstacle := ops.drop_obstacle(away.parent, away.to_at, away.exported_at IS NOT NULL);
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION 'the leaf may not be dropped'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'leaf', 'leaf', leaf, 'reason', obstacle);
    END IF;

    EXECUTE format('DROP TABLE attic.%I', leaf);
    UPDATE ops.retired_leaves AS r SET dropped_at = clock_timestamp() WHERE r.id = away.id;
END
$$;

COMMENT ON FUNCTION ops.drop_leaf(name) IS
'Drops a retired leaf where ops.drop_obstacle() has nothing against it. TR010 no such leaf, or it has; 55P03 it was '
'locked for five seconds.';

GRANT EXECUTE ON FUNCTION ops.drop_leaf(name) TO tradebase_worker;

COMMIT;
