-- Revert tradebase:ops/retired_leaves from pg

BEGIN;

CALL ops.guard_revert('ops/retired_leaves');

-- While it is forced, and its policies gone, the owner sees no row.
ALTER TABLE ops.retired_leaves NO FORCE ROW LEVEL SECURITY;

-- Without its line here a leaf in the attic, or in a file, is refused for ever.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM ops.retired_leaves AS r
        WHERE r.reattached_at IS NULL AND (r.dropped_at IS NULL OR r.exported_at IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'leaves are away that could not come back'
            USING ERRCODE = 'object_in_use',
            HINT = 'Deploy again, then ops.reattach_leaf(), or tradebase maintain reattach, brings them back.';
    END IF;
END
$$;

DROP TABLE ops.retired_leaves;
DROP FUNCTION ops.retired_leaves_audit();

COMMIT;
