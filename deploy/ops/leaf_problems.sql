-- Deploy tradebase:ops/leaf_problems to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.leaf_problems(leaf regclass)
RETURNS text[]
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT coalesce(array_agg(format('%s: %s', leaf, found.problem) ORDER BY found.problem), '{}')
    FROM pg_class AS c
    JOIN pg_inherits AS i ON i.inhrelid = c.oid
    JOIN pg_class AS p ON p.oid = i.inhparent
    JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
    JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
    CROSS JOIN LATERAL (
        SELECT 'is not in schema partitions' AS problem
        WHERE c.relnamespace <> to_regnamespace('partitions')
        UNION ALL
        SELECT 'belongs to another role than its parent'
        WHERE c.relowner <> p.relowner
        UNION ALL
        SELECT 'row level security is off or not forced'
        WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)
        UNION ALL
        SELECT 'replica identity differs from its parent''s'
        WHERE c.relreplident <> p.relreplident
        UNION ALL
        SELECT format('%s holds a grant', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
        FROM (
            SELECT c.relacl AS acl
            UNION ALL
            SELECT t.attacl FROM pg_attribute AS t WHERE t.attrelid = c.oid
        ) AS granted
        CROSS JOIN LATERAL aclexplode(granted.acl) AS a
        -- The open book is the one leaf that is addressed by name, by the kernel alone.
        WHERE
            a.grantee <> c.relowner
            AND NOT (c.relname = 'orders_open' AND a.grantee = to_regrole('tradebase_kernel'))
        GROUP BY a.grantee
        UNION ALL
        SELECT format('lacks index %s, or it is invalid', ip.indexrelid::regclass)
        FROM pg_index AS ip
        WHERE
            ip.indrelid = p.oid
            AND NOT EXISTS (
                SELECT FROM pg_inherits AS ii
                JOIN pg_index AS il ON il.indexrelid = ii.inhrelid
                WHERE ii.inhparent = ip.indexrelid AND il.indrelid = c.oid AND il.indisvalid
            )
        UNION ALL
        -- A row trigger is cloned, with its parent's oid; a statement trigger is a twin of the same name.
        SELECT format('trigger %I is missing, disabled or another than its parent''s', tp.tgname)
        FROM pg_trigger AS tp
        WHERE
            tp.tgrelid = p.oid
            AND NOT tp.tgisinternal
            AND NOT EXISTS (
                SELECT FROM pg_trigger AS tl
                WHERE
                    tl.tgrelid = c.oid
                    AND tl.tgname = tp.tgname
                    AND tl.tgenabled = tp.tgenabled
                    AND replace(pg_get_triggerdef(tl.oid), format(' ON %I.%I ', cn.nspname, c.relname), ' ON it ')
                    = replace(pg_get_triggerdef(tp.oid), format(' ON %I.%I ', pn.nspname, p.relname), ' ON it ')
            )
        UNION ALL
        SELECT format('index %s is not its parent''s', il.indexrelid::regclass)
        FROM pg_index AS il
        -- The open book, again, is searched as no other leaf is.
        WHERE
            il.indrelid = c.oid
            AND c.relname <> 'orders_open'
            AND NOT EXISTS (
                SELECT FROM pg_inherits AS ii
                JOIN pg_index AS ip ON ip.indexrelid = ii.inhparent
                WHERE ii.inhrelid = il.indexrelid AND ip.indrelid = p.oid
            )
        UNION ALL
        SELECT format('trigger %I is not its parent''s', tl.tgname)
        FROM pg_trigger AS tl
        WHERE
            tl.tgrelid = c.oid
            AND NOT tl.tgisinternal
            AND NOT EXISTS (SELECT FROM pg_trigger AS tp WHERE tp.tgrelid = p.oid AND tp.tgname = tl.tgname)
        UNION ALL
        -- Rows are reached through the parent alone, under its policies; the open book by the kernel too.
        SELECT format('policy %I is not its parent''s', l.polname)
        FROM pg_policy AS l
        WHERE
            l.polrelid = c.oid
            AND NOT (c.relname = 'orders_open' AND l.polroles = ARRAY[to_regrole('tradebase_kernel')::oid])
    ) AS found
    WHERE c.oid = leaf_problems.leaf;
END;

COMMENT ON FUNCTION ops.leaf_problems(regclass) IS
'What sets a leaf apart from its parent, whichever of them has it: schema, owner, row level security, policies, grants, '
'indexes, triggers, replica identity. Empty when nothing does.';

GRANT EXECUTE ON FUNCTION ops.leaf_problems(regclass)
TO tradebase_kernel, tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
