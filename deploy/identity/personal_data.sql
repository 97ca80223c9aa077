-- Deploy tradebase:identity/personal_data to pg
-- requires: identity/erase_user

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW identity.personal_data WITH (security_invoker = TRUE) AS
SELECT
    -- A name sorts by bytes; a text in a view sorts like every other.
    n.nspname::text COLLATE "default"   AS schema_name,
    c.relname::text COLLATE "default"   AS table_name,
    a.attname::text COLLATE "default"   AS column_name,
    t.tag[1] = 'personal'               AS is_erased,
    substring(t.tag[1] FROM '^kept: (.*)$') AS kept_because,
    regexp_replace(d.description COLLATE "default", ' ?\[[^]]*\]$', '') AS description
FROM pg_catalog.pg_description AS d
JOIN pg_catalog.pg_class AS c ON c.oid = d.objoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid
CROSS JOIN LATERAL regexp_match(d.description COLLATE "default", '\[(personal|kept: [^]]+)\]$') AS t (tag)
WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0 AND c.relkind IN ('r', 'p') AND t.tag IS NOT NULL;

COMMENT ON VIEW identity.personal_data IS
'Every column that says something of a person, by the tag that ends its comment: [personal] for what '
'identity.erase_user() takes out, [kept: why] for what stays.';

GRANT SELECT ON identity.personal_data TO tradebase_operator, tradebase_auditor;

COMMIT;
