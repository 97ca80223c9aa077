-- Every function is called by every role, with nothing but NULL: it runs, or that it may not be called is said first.

BEGIN;
SELECT plan(13);
\ir cells.psql

CREATE TEMPORARY TABLE cells AS
SELECT
    f.object, f.proname, i.role, i.scope,
    CASE f.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS what,
    CASE f.prokind WHEN 'p' THEN 'CALL ' ELSE 'SELECT ' END || regexp_replace(f.function::text, '\(.*$', '') || '(' || (
        -- In a sub-select, so that the planner does not answer for a strict function, whose caller it would not ask.
        SELECT coalesce(string_agg(
            CASE WHEN f.is_variadic AND a.n = cardinality(f.argument_types) THEN 'VARIADIC ' ELSE '' END
            || format(CASE f.prokind WHEN 'p' THEN 'NULL::%s' ELSE '(SELECT NULL::%s)' END, a.type::regtype),
            ', ' ORDER BY a.n
        ), '')
        FROM unnest(f.argument_types) WITH ORDINALITY AS a (type, n)
    ) || ')' AS statement
FROM functions AS f
JOIN intent AS i ON i.object = f.object AND i.kind = 'function'
WHERE :'only' IN ('', f.object) AND pg_temp.can_become(i.role);

CREATE FUNCTION pg_temp.wrong(wanted name) RETURNS TABLE (cell text, scope text, got text) LANGUAGE sql AS $$
    SELECT a.cell, a.scope, a.got
    FROM (
        SELECT
            c.statement AS cell, c.scope, pg_temp.attempt(c.role, c.statement) AS got,
            format('42501 permission denied for %s %s', c.what, c.proname) AS refusal
        FROM cells AS c WHERE c.role = wanted
    ) AS a
    WHERE CASE a.scope
        WHEN '-' THEN a.got <> a.refusal
        -- On Supabase Realtime is its own, and a function of ours that may be called is refused there.
        WHEN 'yes' THEN a.got LIKE '42501 permission denied%' AND NOT (
            a.got = '42501 permission denied for schema realtime'
            AND obj_description('realtime'::regnamespace, 'pg_namespace') IS DISTINCT FROM 'made by tradebase'
        )
        ELSE a.got LIKE '42501 permission denied%'
    END
$$;

SELECT pg_temp.let_everybody_in();
SELECT is_empty(
    format('SELECT * FROM pg_temp.wrong(%L)', r.role),
    r.role || ' calls the functions that are meant for it'
)
FROM roles AS r
ORDER BY r.n;

SELECT diag(format('tally access %s cells', count(*))) FROM cells;
SELECT finish();
ROLLBACK;
