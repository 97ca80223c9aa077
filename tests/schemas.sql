-- schemas: PUBLIC keeps CONNECT and nothing else, now and in what is made from here on; each role reaches its schemas.

BEGIN;
SELECT plan(32);
\ir fixtures/core_grants.psql

SELECT is(
    ARRAY(
        SELECT n.oid::regnamespace::text FROM pg_namespace AS n
        WHERE n.nspowner = current_user::regrole AND n.nspname = ANY (ARRAY[
            'api', 'attic', 'audit', 'core', 'events', 'identity', 'market', 'monitoring', 'ops', 'partitions',
            'portfolio', 'system', 'trading'
        ])
        ORDER BY n.nspname
    ),
    ARRAY[
        'api', 'attic', 'audit', 'core', 'events', 'identity', 'market', 'monitoring', 'ops', 'partitions', 'portfolio',
        'system', 'trading'
    ],
    'the map of the database has thirteen schemas, all the owner''s'
);
SELECT results_eq(
    $$ SELECT
           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
           string_agg(n.oid::regnamespace::text, ' ' ORDER BY n.nspname), a.privilege_type
       FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
       WHERE
           n.nspname IN (
               'api', 'attic', 'audit', 'core', 'events', 'identity', 'market', 'monitoring', 'ops', 'partitions',
               'portfolio', 'system', 'trading'
           )
           AND a.grantee <> n.nspowner
       GROUP BY 1, 3
       ORDER BY 1 $$,
    -- The access-token hook is called by Supabase's own, where it is.
    $$ SELECT * FROM (VALUES
        ('anon', 'api core market system', 'USAGE'),
        ('authenticated', 'api core identity market portfolio system trading', 'USAGE'),
        ('service_role', 'api core identity portfolio', 'USAGE'),
        ('supabase_auth_admin', 'identity', 'USAGE'),
        ('tradebase_auditor', 'api audit core identity market ops portfolio system trading', 'USAGE'),
        ('tradebase_engine', 'api market trading', 'USAGE'),
        ('tradebase_kernel', 'audit core events identity market monitoring ops partitions portfolio system trading', 'USAGE'),
        ('tradebase_monitor', 'events monitoring ops', 'USAGE'),
        ('tradebase_operator', 'api core events identity market ops portfolio system trading', 'USAGE'),
        ('tradebase_reporter', 'api core identity market portfolio system trading', 'USAGE'),
        ('tradebase_support', 'api core identity market portfolio system trading', 'USAGE'),
        ('tradebase_worker', 'audit events market monitoring ops portfolio trading', 'USAGE')
    ) AS v (who, reach, may) WHERE v.who <> 'supabase_auth_admin' OR to_regrole(v.who) IS NOT NULL $$,
    'each role reaches the schemas of its work; only the kernel reaches partitions, for the open book; none creates, PUBLIC has nothing'
);
SELECT is(
    ARRAY(
        SELECT p.privilege
        FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS p (privilege)
        WHERE has_database_privilege('public', current_database(), p.privilege)
    ),
    ARRAY['CONNECT'],
    'PUBLIC connects to the database and that is all'
);

-- What the owner makes from here on.
CREATE FUNCTION core.t_secret() RETURNS integer LANGUAGE sql RETURN 42;
CREATE PROCEDURE core.t_deed() LANGUAGE sql BEGIN ATOMIC END;
CREATE AGGREGATE core.t_total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = 0);
CREATE TYPE core.t_kind AS ENUM ('a');
CREATE DOMAIN core.t_code AS text;
CREATE TABLE core.t_rows (id integer);
CREATE SEQUENCE core.t_numbers;
CREATE TABLE partitions.t_leaf (id integer);
GRANT SELECT ON partitions.t_leaf TO anon;

SELECT is(pg_temp.who_may_execute('core.t_secret()'), '{}', 'a new function is the owner''s alone');
SELECT is(pg_temp.who_may_execute('core.t_deed()'), '{}', 'so is a new procedure');
SELECT is(pg_temp.who_may_execute('core.t_total(integer)'), '{}', 'so is a new aggregate');
SELECT is(pg_temp.grants_on('core.t_rows'), '{}', 'so is a new table');
SELECT is(pg_temp.grants_on('core.t_numbers'), '{}', 'so is a new sequence');
SELECT is(
    ARRAY(
        SELECT t.name
        FROM unnest(ARRAY['core.t_kind', 'core.t_code']) AS t (name)
        WHERE has_type_privilege('public', t.name, 'USAGE')
    ),
    '{}', 'and so are a new enum and a new domain'
);

PREPARE call_function AS SELECT core.t_secret();
PREPARE call_aggregate AS SELECT core.t_total(1);
PREPARE read_table AS SELECT id FROM core.t_rows;
PREPARE draw_number AS SELECT nextval('core.t_numbers');
PREPARE read_leaf AS SELECT id FROM partitions.t_leaf;

SET LOCAL ROLE anon;
SELECT throws_ok('call_function', '42501', 'permission denied for function t_secret', 'anon cannot call it');
SELECT throws_ok('CALL core.t_deed()', '42501', 'permission denied for procedure t_deed', 'nor the procedure');
SELECT throws_ok('call_aggregate', '42501', NULL, 'nor the aggregate');
SELECT throws_ok('read_table', '42501', 'permission denied for table t_rows', 'nor read the table');
SELECT throws_ok('draw_number', '42501', NULL, 'nor draw from the sequence');
SELECT throws_ok(
    'SELECT id FROM partitions.t_leaf', '42501', 'permission denied for schema partitions',
    'a grant on a leaf is of no use without its schema'
);
SELECT throws_ok('CREATE TEMPORARY TABLE t_mine (id integer)', '42501', NULL, 'anon makes no temporary table');
SELECT throws_ok('CREATE TABLE public.t_mine (id integer)', '42501', NULL, 'nor a table in public');
SELECT throws_ok('CREATE TABLE api.t_mine (id integer)', '42501', NULL, 'nor one in api');
SELECT throws_ok('CREATE SCHEMA t_mine', '42501', NULL, 'nor a schema');
SELECT throws_ok('SELECT ops.t_none()', '42501', 'permission denied for schema ops', 'anon does not look into ops');

SET LOCAL ROLE service_role;
SELECT throws_ok('call_function', '42501', NULL, 'a service calls nothing that it was not given');
SELECT throws_ok('SELECT FROM market.t_none', '42501', 'permission denied for schema market', 'nor looks at tables');

SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('call_function', '42501', NULL, 'the kernel calls nothing that it was not given');
SELECT throws_ok('CREATE TABLE portfolio.t_mine (id integer)', '42501', NULL, 'the kernel makes no table');
SELECT throws_ok(
    'CREATE FUNCTION ops.t_mine() RETURNS integer LANGUAGE sql RETURN 1', '42501',
    'permission denied for schema ops', 'nor a function: CREATE was taken back with each that it was given'
);
SELECT throws_ok('CREATE TEMPORARY TABLE t_mine (id integer)', '42501', NULL, 'nor a temporary table');
SELECT throws_ok(
    'SELECT id FROM partitions.t_leaf', '42501', 'permission denied for table t_leaf', 'nor reaches a leaf by name'
);
SELECT throws_ok(
    'SELECT FROM attic.t_none', '42501', 'permission denied for schema attic', 'nor what a revert parked'
);

SET LOCAL ROLE authenticated;
SELECT throws_ok(
    'SELECT FROM ops.job_runs', '42501', 'permission denied for schema ops', 'a client does not look into ops'
);
SELECT throws_ok(
    'SELECT FROM audit.t_none', '42501', 'permission denied for schema audit', 'a client does not look into audit'
);

-- What PUBLIC lost, a role gets by name.
RESET ROLE;
GRANT EXECUTE ON FUNCTION core.t_secret() TO authenticated;
SET LOCAL ROLE authenticated;
SELECT results_eq('SELECT core.t_secret()', ARRAY[42], 'a function serves whom it was given to');
SET LOCAL ROLE anon;
SELECT throws_ok('SELECT core.t_secret()', '42501', NULL, 'and still nobody else');

RESET ROLE;
SELECT finish();
ROLLBACK;
