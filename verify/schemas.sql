-- Verify tradebase:schemas on pg

BEGIN;

DO $$
BEGIN
    ASSERT (
        SELECT count(*) = 13 FROM pg_namespace
        WHERE nspname IN (
            'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring',
            'api', 'partitions', 'attic'
        )
    ),
        'a schema is missing';
    ASSERT NOT has_database_privilege('public', current_database(), 'TEMPORARY'),
        'everybody may create temporary tables';
    ASSERT NOT has_database_privilege('public', current_database(), 'CREATE'), 'everybody may create schemas';
    ASSERT has_database_privilege('public', current_database(), 'CONNECT'), 'PUBLIC lost CONNECT';
    ASSERT NOT EXISTS (
        SELECT FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
        WHERE
            n.nspname IN ('partitions', 'attic') AND a.grantee <> n.nspowner
            -- trading/orders_access lets the kernel at the open book.
            AND NOT (n.nspname = 'partitions' AND a.grantee = 'tradebase_kernel'::regrole AND a.privilege_type = 'USAGE')
    ),
        'a role may look into partitions or attic';
    ASSERT has_schema_privilege('anon', 'api', 'USAGE'), 'anon cannot reach api';
    ASSERT NOT has_schema_privilege('service_role', 'market', 'USAGE'), 'service_role reaches tables';
    ASSERT NOT has_schema_privilege('tradebase_kernel', 'ops', 'CREATE'), 'tradebase_kernel may create in ops';
    ASSERT (
        SELECT count(*) = 2 FROM pg_default_acl
        WHERE
            defaclrole = (SELECT nspowner FROM pg_namespace WHERE nspname = 'ops')
            AND defaclnamespace = 0 AND defaclobjtype IN ('f', 'T')
            AND NOT EXISTS (SELECT FROM aclexplode(defaclacl) AS a WHERE a.grantee = 0)
    ),
        'what is made from now on is open to PUBLIC';
END
$$;

ROLLBACK;
