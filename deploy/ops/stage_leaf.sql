-- Deploy tradebase:ops/stage_leaf to pg
-- requires: ops/leaf_columns
-- requires: ops/retired_leaves_access

BEGIN;

CALL ops.guard_deploy();

-- A temporary table, because COPY refuses every table of ours: FORCE ROW LEVEL SECURITY forbids it.
CREATE FUNCTION ops.stage_leaf(header jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    away    ops.retired_leaves%ROWTYPE;
    columns name[];
    unknown name;
BEGIN
    SELECT * INTO away FROM ops.retired_leaves AS r WHERE r.leaf = header ->> 'leaf' AND r.reattached_at IS NULL;
    IF NOT found THEN
        RAISE EXCEPTION 'no leaf of this name is away'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'header', 'leaf', header -> 'leaf');
    END IF;
    IF (header ->> 'rows', header ->> 'checksum') IS DISTINCT FROM (away.rows::text, away.checksum) THEN
        RAISE EXCEPTION 'the file does not speak of what was retired'
            USING ERRCODE = 'TR903', DETAIL = jsonb_build_object(
                'leaf', away.leaf, 'rows', header -> 'rows', 'expected', away.rows
            );
    END IF;
    SELECT array_agg(c.name::name ORDER BY c.n) INTO columns
    FROM jsonb_path_query(header, '$.columns[*] ? (@.type() == "string")') WITH ORDINALITY AS e (content, n)
    CROSS JOIN LATERAL (SELECT e.content #>> '{}' AS name, e.n) AS c
    WHERE jsonb_typeof(header -> 'columns') = 'array';
    IF columns IS NULL THEN
        RAISE EXCEPTION 'the file names no columns'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'header', 'leaf', away.leaf);
    END IF;
    SELECT u.name INTO unknown FROM unnest(columns) AS u (name) WHERE u.name <> ALL (ops.leaf_columns(away.parent));
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'the table has no column % any more', unknown
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'header', 'column', unknown);
    END IF;

    IF to_regclass('pg_temp.leaf_rows') IS NOT NULL THEN
        DROP TABLE pg_temp.leaf_rows;
    END IF;
    EXECUTE format(
        'CREATE TEMPORARY TABLE leaf_rows AS SELECT %s FROM %s WITH NO DATA',
        (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM unnest(columns) WITH ORDINALITY AS c (name, n)),
        away.parent
    );
END
$$;

COMMENT ON FUNCTION ops.stage_leaf(jsonb) IS
'Makes an empty pg_temp.leaf_rows for the file of a retired leaf, by the file''s first line: leaf, columns, rows, '
'checksum. COPY the rest into it, then call ops.record_export() or ops.load_leaf(). TR010 no such leaf is away, or a column is no more; '
'TR903 the file says other rows than were retired.';

-- For the owner alone, whose COPY it is.
COMMIT;
