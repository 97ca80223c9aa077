-- Deploy tradebase:audit/trigger_body to pg
-- requires: audit/audit_logs_access
-- requires: audit/changed
-- requires: audit/context

BEGIN;

CALL ops.guard_deploy();

-- The one template of audit triggers. What it writes stands in the table's own file, where a reader looks for it; a
-- body that reads the catalog at run time would cost three times as much. audit.coverage compares.
CREATE FUNCTION audit.trigger_body(relation regclass)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys    name[];
    row_key text;
    members text[] := ARRAY[]::text[];
    whole   text[] := ARRAY[]::text[];
    side    text;
BEGIN
    SELECT array_agg(a.attname ORDER BY k.n) INTO keys
    FROM pg_catalog.pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = relation AND i.indisprimary;

    FOREACH side IN ARRAY ARRAY['o', 'n'] LOOP
        SELECT
            members || string_agg(
                format(
                    CASE WHEN length(format(c.value, c.name, side)) + 3 * length(c.name) + 64 > 120
                        THEN E'                    audit.changed(\n'
                            '                        %1$L, o.%1$I IS DISTINCT FROM n.%1$I,\n'
                            '                        %2$s\n'
                            '                    )'
                        ELSE '                    audit.changed(%1$L, o.%1$I IS DISTINCT FROM n.%1$I, %2$s)'
                    END, c.name, format(c.value, c.name, side)
                ), E',\n' ORDER BY c.n
            ),
            whole || string_agg(
                format('                audit.changed(%L, TRUE, %s)', c.name, format(c.value, c.name, side)),
                E',\n' ORDER BY c.n
            )
        INTO members, whole
        FROM (
            SELECT
                a.attname AS name, a.attnum AS n,
                -- As JSON's text: to_json() looks its type up in the catalog for each value, which costs more than all else.
                CASE
                    -- That there was a value, and that it became another one.
                    WHEN col_description(a.attrelid, a.attnum) LIKE '%[personal]%'
                        THEN 'CASE WHEN %2$s.%1$I IS NOT NULL THEN ''"[personal]"'' END'
                    WHEN b.type = ANY ('{boolean,smallint,integer,bigint,jsonb}'::regtype[]) THEN '%2$s.%1$I::text'
                    -- Of a numeric too: clients read JSON's numbers as floats.
                    WHEN b.type = ANY ('{numeric,uuid}'::regtype[]) THEN '''"'' || %2$s.%1$I || ''"'''
                    ELSE 'to_json(%2$s.%1$I)::text'
                END AS value
            FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
            CROSS JOIN LATERAL (SELECT coalesce(nullif(t.typbasetype, 0), t.oid) AS type) AS b
            WHERE
                a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
                AND coalesce(col_description(a.attrelid, a.attnum) LIKE '%[not audited%]%', FALSE) IS FALSE
        ) AS c;
    END LOOP;

    SELECT string_agg(format('coalesce(o.%1$I, n.%1$I)', k.name), ', ' ORDER BY k.n) INTO row_key
    FROM unnest(keys) WITH ORDINALITY AS k (name, n);
    row_key := CASE cardinality(keys) WHEN 1 THEN row_key || '::text' ELSE format('concat_ws('','', %s)', row_key) END;

    RETURN format(
        $body$
DECLARE
    said CONSTANT audit.context := audit.context();
BEGIN
    IF tg_op = 'UPDATE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before,
            after
        )
        SELECT
            said.*, %1$L, c.operation, c.row_key,
            CASE WHEN c.operation <> 'INSERT' THEN ('{' || c.before || '}')::jsonb END,
            CASE WHEN c.operation <> 'DELETE' THEN ('{' || c.after || '}')::jsonb END
        FROM (
            SELECT
                CASE
                    WHEN n.%2$I IS NULL THEN 'DELETE'
                    WHEN o.%2$I IS NULL THEN 'INSERT'
                    ELSE 'UPDATE'
                END AS operation,
                %3$s AS row_key,
                concat_ws(
                    ',',
%4$s
                ) AS before,
                concat_ws(
                    ',',
%5$s
                ) AS after
            FROM old_rows AS o
            FULL JOIN new_rows AS n ON %6$s
            OFFSET 0
        ) AS c
        WHERE c.after <> '';
    ELSIF tg_op = 'INSERT' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, after
        )
        SELECT
            said.*, %1$L, tg_op, %7$s,
            ('{' || concat_ws(
                ',',
%8$s
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, %1$L, tg_op, %9$s,
            ('{' || concat_ws(
                ',',
%10$s
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, %1$L, tg_op;
    END IF;
    RETURN NULL;
END
$body$,
        (SELECT format('%s.%s', n.nspname, c.relname) FROM pg_catalog.pg_class AS c
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relation),
        keys[1], row_key, members[1], members[2],
        (SELECT string_agg(format('n.%1$I = o.%1$I', k.name), ' AND ' ORDER BY k.n)
         FROM unnest(keys) WITH ORDINALITY AS k (name, n)),
        regexp_replace(row_key, 'coalesce\(o\.([^,]+), n\.\1\)', 'n.\1', 'g'), whole[2],
        regexp_replace(row_key, 'coalesce\(o\.([^,]+), n\.\1\)', 'o.\1', 'g'), whole[1]
    );
END
$$;

COMMENT ON FUNCTION audit.trigger_body(regclass) IS
'What the body of a table''s audit trigger function is: paste it into the table''s file after a column came or went, or '
'got another tag. It names every column but those whose comment says [not audited: why], and of one that is [personal] '
'keeps no value; numerics are text. Rows are paired by primary key: a changed key is the end of one row and the '
'beginning of another.';

GRANT EXECUTE ON FUNCTION audit.trigger_body(regclass) TO tradebase_auditor, tradebase_worker;

COMMIT;
