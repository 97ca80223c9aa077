-- Every schema and sequence: each role and verb, executed.

BEGIN;
SELECT plan(3);
\ir cells.psql

CREATE TEMPORARY TABLE cells AS
SELECT
    i.kind, i.object, i.role, i.verb,
    CASE i.verb WHEN 'USAGE' THEN format('SELECT FROM %I.nothing_of_this_name', i.object)
        ELSE format('CREATE TABLE %I.probe ()', i.object) END AS statement,
    CASE i.scope WHEN '-' THEN '42501 permission denied for schema ' || i.object
        -- Let in, it finds that there is no such table.
        ELSE '42P01' END AS expected
FROM intent AS i
WHERE i.kind = 'schema' AND :'only' IN ('', i.object) AND pg_temp.can_become(i.role)
UNION ALL
SELECT
    i.kind, i.object, i.role, v.verb, format(v.statement, i.object),
    CASE i.scope WHEN '-' THEN '42501 permission denied for sequence ' || split_part(i.object, '.', 2) ELSE '1 rows' END
FROM (VALUES
    ('USAGE', $$ SELECT nextval('%s') $$), ('SELECT', 'SELECT last_value FROM %s'),
    ('UPDATE', $$ SELECT setval('%s', 1) $$)
) AS v (verb, statement)
JOIN intent AS i ON i.kind = 'sequence' AND (i.verb = v.verb OR (i.verb = '*' AND NOT EXISTS (
    SELECT FROM intent AS e WHERE e.object = i.object AND e.verb = v.verb AND e.role = i.role
)))
WHERE :'only' IN ('', i.object) AND pg_temp.can_become(i.role);

PREPARE wrong(text, text) AS
SELECT a.*
FROM (
    SELECT c.role, c.verb, c.object, c.expected, pg_temp.attempt(c.role, c.statement) AS got
    FROM cells AS c WHERE c.kind = $1 AND c.verb LIKE $2
) AS a
WHERE a.got <> a.expected;

SELECT is_empty($$ EXECUTE wrong('schema', 'USAGE') $$, 'everybody is let in to the schemas that are meant for them');
SELECT is_empty($$ EXECUTE wrong('schema', 'CREATE') $$, 'nobody makes anything in any');
SELECT pg_temp.let_everybody_in();
SELECT is_empty($$ EXECUTE wrong('sequence', '%') $$, 'nobody draws a number, but the kernel of a command');

SELECT diag(format('tally access %s cells', count(*))) FROM cells;
SELECT finish();
ROLLBACK;
