-- Every leaf but the open book is out of everybody's reach: by its schema, and by itself where the schema lets in.

BEGIN;
SELECT plan(2);
\ir cells.psql

CREATE TEMPORARY TABLE cells AS
SELECT l.leaf, l.relname, r.role, v.verb, format(v.statement, l.leaf) AS statement
FROM (
    -- By their parents: a leaf that somebody moved is still one.
    SELECT t.relid::regclass AS leaf, c.relname
    FROM ops.partition_policies AS p, pg_partition_tree(p.parent) AS t
    JOIN pg_class AS c ON c.oid = t.relid
    WHERE t.isleaf AND c.relname <> 'orders_open' AND :'only' IN ('', p.parent::text, t.relid::regclass::text)
) AS l
CROSS JOIN roles AS r
CROSS JOIN (VALUES
    ('SELECT', 'SELECT FROM %s'), ('INSERT', 'INSERT INTO %s DEFAULT VALUES'), ('DELETE', 'DELETE FROM %s'),
    ('TRUNCATE', 'TRUNCATE %s'), ('LOCK', 'LOCK TABLE %s IN ACCESS SHARE MODE')
) AS v (verb, statement)
WHERE pg_temp.can_become(r.role);

CREATE FUNCTION pg_temp.wrong(is_let_in boolean) RETURNS TABLE (cell text, got text) LANGUAGE sql AS $$
    SELECT a.cell, a.got
    FROM (
        SELECT
            format('%s: %s %s', c.role, c.verb, c.leaf) AS cell, pg_temp.attempt(c.role, c.statement) AS got,
            CASE WHEN is_let_in OR c.role = 'tradebase_kernel'
                THEN '42501 permission denied for table ' || c.relname
                ELSE '42501 permission denied for schema partitions'
            END AS expected
        FROM cells AS c
    ) AS a
    WHERE a.got <> a.expected
$$;

SELECT is_empty('SELECT * FROM pg_temp.wrong(FALSE)', 'nobody is let in to a leaf');
SELECT pg_temp.let_everybody_in();
SELECT is_empty('SELECT * FROM pg_temp.wrong(TRUE)', 'nor would they find anything open there');

SELECT diag(format('tally access %s cells', 2 * count(*))) FROM cells;
SELECT finish();
ROLLBACK;
