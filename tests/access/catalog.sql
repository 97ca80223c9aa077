-- The intent file and the catalog say the same: nothing is missing, nothing is more. What both say is executed in the
-- files beside this one.

BEGIN;
SELECT plan(13);
\ir cells.psql

CREATE TEMPORARY VIEW our_acls AS
SELECT 'relation ' || c.oid::regclass AS what, a.*, c.relowner AS owner FROM pg_class AS c, aclexplode(c.relacl) AS a
WHERE c.relnamespace IN (SELECT to_regnamespace(i.object) FROM intent AS i WHERE i.kind = 'schema')
UNION ALL
SELECT 'column ' || c.oid::regclass || '.' || t.attname, a.*, c.relowner
FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
WHERE c.relnamespace IN (SELECT to_regnamespace(i.object) FROM intent AS i WHERE i.kind = 'schema')
UNION ALL
SELECT 'function ' || p.oid::regprocedure, a.*, p.proowner
FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
WHERE p.pronamespace IN (SELECT to_regnamespace(i.object) FROM intent AS i WHERE i.kind = 'schema')
UNION ALL
SELECT 'schema ' || n.nspname, a.*, n.nspowner FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
WHERE n.oid IN (SELECT to_regnamespace(i.object) FROM intent AS i WHERE i.kind = 'schema');

SELECT is_empty($$
    SELECT 'schema', n.nspname::text FROM pg_namespace AS n
    WHERE n.nspowner = (SELECT o.nspowner FROM pg_namespace AS o WHERE o.nspname = 'ops')
    -- Stand-ins for Supabase's, sqitch's registry, and what is there before us.
    AND n.nspname NOT IN ('auth', 'realtime', 'sqitch', 'public', 'extensions', 'tap')
    AND n.nspname NOT IN (SELECT i.object FROM intent AS i WHERE i.kind = 'schema')
    UNION ALL SELECT r.kind, r.relation::text FROM relations AS r WHERE r.kind <> 'sequence' AND r.object IS NULL
    UNION ALL SELECT r.kind, r.relation::text FROM relations AS r WHERE r.kind = 'sequence'
    AND r.nspname || '.' || r.relname NOT IN (SELECT i.object FROM intent AS i WHERE i.kind = 'sequence')
    UNION ALL SELECT 'function', f.object FROM functions AS f
    WHERE f.object NOT IN (SELECT i.object FROM intent AS i WHERE i.kind = 'function')
    UNION ALL SELECT 'role', r.rolname::text FROM pg_roles AS r
    WHERE r.rolname LIKE 'tradebase\_%' AND r.rolname NOT IN (SELECT o.role FROM roles AS o)
$$, 'every schema, table, leaf, view, sequence, function and role has its lines');

SELECT is_empty($$
    SELECT DISTINCT i.kind, i.object FROM intent AS i
    WHERE CASE i.kind
        WHEN 'schema' THEN to_regnamespace(i.object) IS NULL
        WHEN 'function' THEN i.object NOT IN (SELECT f.object FROM functions AS f)
        WHEN 'sequence' THEN i.object NOT IN (
            SELECT r.nspname || '.' || r.relname FROM relations AS r WHERE r.kind = 'sequence'
        )
        ELSE (i.object, i.kind) NOT IN (SELECT r.object, r.kind FROM relations AS r WHERE r.object IS NOT NULL)
    END
    UNION ALL SELECT DISTINCT 'column', n.object || '.' || n.attname FROM named_columns AS n
    WHERE (n.object, n.attname) NOT IN (SELECT c.object, c.attname::text FROM relation_columns AS c)
$$, 'every line is of something that is there');

SELECT is_empty($$
    SELECT c.relation, c.attname, v.verb, count(n.verb) / greatest((SELECT count(*) FROM roles), 1) AS lines
    FROM relation_columns AS c
    CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS v (verb)
    LEFT JOIN column_intent AS n ON (n.relation, n.attname, n.verb) = (c.relation, c.attname, v.verb)
    WHERE c.kind <> 'view' OR v.verb = 'SELECT'
    GROUP BY 1, 2, 3
    HAVING count(n.verb) <> (SELECT count(*) FROM roles) OR count(DISTINCT n.role) <> count(n.verb)
    UNION ALL
    SELECT r.relation, NULL, 'DELETE', count(i.verb) FROM relations AS r
    LEFT JOIN intent AS i ON i.object = r.object AND i.verb = 'DELETE'
    WHERE r.kind IN ('table', 'leaf') GROUP BY 1 HAVING count(i.verb) <> (SELECT count(*) FROM roles)
$$, 'every column has one line for each verb, every table one for DELETE');

SELECT is_empty($$
    SELECT o.object, o.columns AS counted, count(c.attname) AS are FROM objects AS o
    LEFT JOIN relation_columns AS c USING (object)
    WHERE o.object <> 'partitions.*' GROUP BY 1, 2 HAVING o.columns IS DISTINCT FROM count(c.attname)
$$, 'no column came after its table''s lines were written');

SELECT is_empty($$
    SELECT i.object, i.verb, i.scope FROM intent AS i
    WHERE i.scope NOT IN ('-', CASE WHEN i.kind IN ('schema', 'sequence', 'function') THEN 'yes' ELSE 'all' END)
    AND (i.kind, i.scope) <> ('view', 'yes')
    AND (i.object, CASE i.scope WHEN 'open' THEN 'own' ELSE i.scope END) NOT IN (
        SELECT w.object, w.word FROM words AS w
    )
$$, 'every word is defined');

SELECT is_empty($$
    SELECT c.role, c.verb, c.relation, c.attname, c.scope FROM column_intent AS c
    WHERE to_regrole(c.role::text) IS NOT NULL
    AND has_column_privilege(to_regrole(c.role::text), c.relation, c.attnum, c.verb) <> (c.scope <> '-')
$$, 'every column is read, written and changed by whom the file says');

SELECT is_empty($$
    SELECT i.role, i.verb, r.relation, i.scope
    FROM intent AS i JOIN relations AS r ON r.object = i.object
    WHERE to_regrole(i.role::text) IS NOT NULL AND i.verb = 'DELETE'
    AND has_table_privilege(to_regrole(i.role::text), r.relation, 'DELETE') <> (i.scope <> '-')
$$, 'rows are deleted by whom the file says');

SELECT is_empty($$
    SELECT o.role, v.verb, r.relation
    FROM relations AS r, roles AS o,
    unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES'] || CASE
        WHEN current_setting('server_version_num')::integer >= 170000 THEN ARRAY['MAINTAIN'] ELSE '{}' END) AS v (verb)
    WHERE to_regrole(o.role::text) IS NOT NULL AND r.kind <> 'sequence'
    AND (has_table_privilege(to_regrole(o.role::text), r.relation, v.verb)
        OR (v.verb = 'REFERENCES' AND has_any_column_privilege(to_regrole(o.role::text), r.relation, v.verb)))
    UNION ALL
    SELECT o.role, v.verb, r.relation
    FROM relations AS r, roles AS o, (VALUES ('INSERT'), ('UPDATE'), ('DELETE')) AS v (verb)
    WHERE to_regrole(o.role::text) IS NOT NULL AND r.kind = 'view'
    AND has_table_privilege(to_regrole(o.role::text), r.relation, v.verb)
$$, 'nobody empties, hooks into or refers to a table, or writes through a view');

SELECT is_empty($$
    SELECT i.role, i.object, i.scope FROM intent AS i JOIN functions AS f USING (object)
    WHERE i.kind = 'function' AND to_regrole(i.role::text) IS NOT NULL
    AND has_function_privilege(to_regrole(i.role::text), f.function, 'EXECUTE') <> (i.scope <> '-')
$$, 'every function is called by whom the file says');

SELECT is_empty($$
    SELECT i.role, i.object, i.verb, i.scope FROM intent AS i
    WHERE i.kind = 'schema' AND to_regrole(i.role::text) IS NOT NULL
    AND has_schema_privilege(to_regrole(i.role::text), to_regnamespace(i.object), i.verb) <> (i.scope <> '-')
$$, 'every schema is used by whom the file says');

SELECT is_empty($$
    SELECT i.role, i.object, v.verb, i.scope
    FROM (VALUES ('USAGE'), ('SELECT'), ('UPDATE')) AS v (verb)
    JOIN intent AS i ON i.kind = 'sequence' AND (i.verb = v.verb OR (i.verb = '*' AND NOT EXISTS (
        SELECT FROM intent AS e WHERE e.object = i.object AND e.verb = v.verb AND e.role = i.role
    )))
    WHERE to_regrole(i.role::text) IS NOT NULL
    AND has_sequence_privilege(to_regrole(i.role::text), i.object, v.verb) <> (i.scope <> '-')
$$, 'numbers are drawn by whom the file says');

SELECT is_empty($$
    SELECT a.what, a.privilege_type FROM our_acls AS a WHERE a.grantee = 0
$$, 'nothing is everybody''s');

SELECT is_empty($$
    SELECT a.what, a.privilege_type, a.grantee::regrole, a.is_grantable FROM our_acls AS a
    WHERE a.grantee <> a.owner AND a.grantee <> 0
    AND (a.is_grantable OR a.grantee::regrole::text NOT IN (SELECT r.role FROM roles AS r))
    -- Supabase's auth service calls the hook.
    AND NOT (
        a.grantee = to_regrole('supabase_auth_admin') AND NOT a.is_grantable
        AND a.what IN ('schema identity', 'function identity.access_token_hook(jsonb)')
    )
$$, 'nobody else holds anything, and nobody may pass anything on');

SELECT finish();
ROLLBACK;
