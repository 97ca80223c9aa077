-- Row level security holds by itself: a role that somebody has granted everything on a table still finds no row in it
-- and puts none in, and neither does the table's owner; who changes rows of their own gives none away, whatever columns
-- they may write.

BEGIN;
SELECT plan(3);
\ir relations.psql

-- A role of this session alone, which no policy knows; rolled back with everything else.
SELECT 'stranger_' || pg_backend_pid() AS stranger \gset
CREATE ROLE :stranger;
GRANT :stranger TO CURRENT_USER;
-- What the CHECKs of a row ask.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA core TO :stranger;

CREATE TEMPORARY TABLE probes AS
SELECT t.relation, t.nspname, v.verb, v.statement, v.expected
FROM (
    SELECT r.relation, r.nspname, r.relname, coalesce(p.parent, r.relation) AS filled
    FROM relations AS r
    LEFT JOIN (
        SELECT p.parent, t.relid FROM ops.partition_policies AS p, pg_partition_tree(p.parent) AS t WHERE t.isleaf
    ) AS p ON p.relid = r.relation
    WHERE r.kind IN ('table', 'leaf') AND :'only' IN ('', r.relation::text, p.parent::text)
) AS t
CROSS JOIN LATERAL (
    SELECT c.attname FROM relation_columns AS c
    WHERE c.relation = t.relation AND NOT c.is_generated AND NOT c.is_identity ORDER BY c.attnum LIMIT 1
) AS c
CROSS JOIN LATERAL (VALUES
    ('SELECT', format('SELECT FROM %s', t.relation), '0 rows'),
    ('UPDATE', format('UPDATE %1$s SET %2$I = %2$I', t.relation, c.attname), '0 rows'),
    ('DELETE', format('DELETE FROM %s', t.relation), '0 rows'),
    -- A row of the parent's, into whichever leaf: that it does not belong there would be noticed later.
    (
        'INSERT', pg_temp.insertion(t.filled, t.relation),
        format('42501 new row violates row-level security policy for table "%s"', t.relname)
    )
) AS v (verb, statement, expected);

CREATE FUNCTION pg_temp.found_by(stranger name) RETURNS TABLE (relation regclass, verb text, got text)
LANGUAGE sql AS $$
    SELECT a.relation, a.verb, a.got
    FROM (SELECT p.*, pg_temp.attempt(stranger, p.statement) AS got FROM probes AS p) AS a
    WHERE a.got <> a.expected
$$;

CREATE FUNCTION pg_temp.give(relation regclass, how text, stranger name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(how, relation, stranger);
END
$$;
-- Before anything is given: rows of their own, with every column theirs to write.
CREATE TEMPORARY TABLE gifts AS
SELECT DISTINCT
    c.relation, c.relname, c.role, format('UPDATE %s SET %I = %L', c.relation, w.owner, :'bob') AS statement
FROM column_intent AS c
JOIN (
    SELECT w.object, (regexp_match(w.condition, '^(\w+) = me'))[1] AS owner FROM words AS w WHERE w.word = 'own'
) AS w USING (object)
WHERE c.verb = 'UPDATE' AND c.scope = 'own' AND :'only' IN ('', c.object);
SELECT count(pg_temp.give(g.relation, 'GRANT UPDATE ON %s TO %I', g.role)) FROM gifts AS g;
SELECT is_empty($$
    SELECT a.role, a.relation, a.got FROM (SELECT g.*, pg_temp.attempt(g.role, g.statement) AS got FROM gifts AS g) AS a
    WHERE a.got <> format('42501 new row violates row-level security policy for table "%s"', a.relname)
$$, 'nobody makes a row of theirs somebody else''s');

-- All of them: a trigger of one table writes into another's schema.
SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', r.nspname, :'stranger')
FROM (SELECT DISTINCT nspname FROM relations) AS r \gexec

SELECT count(pg_temp.give(p.relation, 'GRANT ALL ON %s TO %I', :'stranger'))
FROM (SELECT DISTINCT relation FROM probes) AS p;
PREPARE found AS SELECT * FROM pg_temp.found_by(:'stranger');
SELECT is_empty('found', 'whoever is granted a table finds nothing in it');

SELECT count(pg_temp.give(p.relation, 'ALTER TABLE %s OWNER TO %I', :'stranger'))
FROM (SELECT DISTINCT relation FROM probes) AS p;
SELECT is_empty('found', 'nor does its owner');

SELECT diag(format('tally access %s cells', 2 * count(*) + (SELECT count(*) FROM gifts))) FROM probes;
SELECT finish();
ROLLBACK;
