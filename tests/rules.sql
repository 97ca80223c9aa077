-- What is true of every object, so that a new one cannot forget it. A rule that fails lists the culprits.
-- S: style.md; X: security.md section 2.2. tests/integration/test_rules.py breaks each once. Two need more than SQL:
-- that a body names the schema of whatever it uses (X05) is tests/integration/test_plpgsql_check.py's to say, and that
-- nobody changed the catalog by hand (X28) tests/integration/test_migrations.py's.

BEGIN;
SELECT plan(50);

CREATE TEMPORARY VIEW our_schemas AS
SELECT n.oid, n.nspname, n.nspowner, n.nspacl
FROM pg_namespace AS n
WHERE n.nspname IN (
    'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api',
    'partitions', 'attic'
);

CREATE TEMPORARY VIEW our_tables AS
SELECT
    c.oid, c.oid::regclass AS name, c.relname, n.nspname, c.relkind, c.relowner,
    -- A leaf that was retired is one still, with its parent's names and comments.
    c.relispartition OR n.nspname = 'attic' AND EXISTS (
        SELECT FROM ops.retired_leaves AS r WHERE r.leaf = c.relname AND r.dropped_at IS NULL AND r.reattached_at IS NULL
    ) AS relispartition
FROM pg_class AS c JOIN our_schemas AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p');

CREATE TEMPORARY VIEW our_functions AS
SELECT
    p.oid, p.oid::regprocedure AS name, n.nspname, p.prokind, p.proowner, p.prosecdef, p.proconfig, p.prosqlbody, p.proleakproof,
    -- Its text without comments, and also without what stands in quotes.
    t.source, regexp_replace(t.source, '''[^'']*''', '''''', 'g') AS code
FROM pg_proc AS p JOIN our_schemas AS n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT regexp_replace(p.prosrc, '--[^\n]*', '', 'g')) AS t (source);

CREATE TEMPORARY VIEW our_policies AS
SELECT
    t.name AS table_name, t.relname, p.oid, p.polname, p.polcmd, p.polroles, p.polpermissive,
    pg_get_expr(p.polqual, p.polrelid) AS using_expression, pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression
FROM pg_policy AS p JOIN our_tables AS t ON t.oid = p.polrelid;

-- Every privilege on a table, view or sequence of ours, and on its columns (column is NULL for the whole).
CREATE TEMPORARY VIEW our_grants AS
SELECT c.oid::regclass AS relation, c.relkind, n.nspname, NULL::name AS column_name, a.grantee, a.privilege_type
FROM pg_class AS c JOIN our_schemas AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS a
WHERE a.grantee <> c.relowner
UNION ALL
SELECT c.oid::regclass, c.relkind, n.nspname, t.attname, a.grantee, a.privilege_type
FROM pg_class AS c
JOIN our_schemas AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
WHERE a.grantee <> c.relowner;

CREATE TEMPORARY VIEW client_roles AS
SELECT r.oid, r.rolname FROM pg_roles AS r
WHERE r.rolname IN ('anon', 'authenticated', 'service_role', 'authenticator', 'service_authenticator');

-- Supabase's own too, which it made itself where is_made is false.
CREATE TEMPORARY VIEW our_roles AS
SELECT r.*, coalesce(shobj_description(r.oid, 'pg_authid') = 'made by tradebase', FALSE) AS is_made FROM pg_roles AS r
WHERE r.oid IN (SELECT oid FROM client_roles) OR r.rolname LIKE 'tradebase\_%';

-- DDL on leaves needs their owner; these take no name that is not a leaf's of a parent in ops.partition_policies.
CREATE TEMPORARY VIEW ddl_functions AS
SELECT d.name FROM (VALUES
    ('ops.ensure_partitions(regclass,date,date)'), ('ops.ensure_partitions(date)'), ('ops.retire_leaf(name)'),
    ('ops.drop_leaf(name)'), ('ops.reattach_leaf(name)')
) AS d (name);

-- What only the owner may see, and on hosted Supabase nobody else: they take nothing and tell no text that has values.
CREATE TEMPORARY VIEW owners_functions AS
SELECT d.name FROM ddl_functions AS d
UNION ALL SELECT f.name FROM (VALUES ('monitoring.owners_sessions()'), ('monitoring.statement_counters(boolean)')) AS f (name);

-- Style ---------------------------------------------------------------------------------------------------------------

SELECT is_empty($$
    SELECT 'schema ' || nspname FROM our_schemas WHERE obj_description(oid, 'pg_namespace') IS NULL
    UNION ALL SELECT 'table ' || name FROM our_tables
    WHERE NOT relispartition AND obj_description(oid, 'pg_class') IS NULL
    UNION ALL SELECT 'function ' || name FROM our_functions WHERE obj_description(oid, 'pg_proc') IS NULL
    UNION ALL SELECT 'view ' || c.oid::regclass FROM pg_class AS c JOIN our_schemas AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND obj_description(c.oid, 'pg_class') IS NULL
    UNION ALL SELECT 'domain ' || t.oid::regtype FROM pg_type AS t JOIN our_schemas AS n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND obj_description(t.oid, 'pg_type') IS NULL
$$, 'S01 every schema, table, view, domain and function has a comment');

SELECT is_empty($$
    SELECT t.name || '.' || c.conname FROM pg_constraint AS c JOIN our_tables AS t ON t.oid = c.conrelid
    WHERE NOT t.relispartition AND c.contype IN ('p', 'f', 'u', 'c', 'x') AND c.conname !~ (
        '^' || t.relname || CASE c.contype WHEN 'p' THEN '' ELSE '_[a-z0-9_]+' END || '_' || CASE c.contype
            WHEN 'p' THEN 'pkey' WHEN 'f' THEN 'fkey' WHEN 'u' THEN 'key' WHEN 'x' THEN 'excl' ELSE 'check' END || '$'
    )
$$, 'S02 every constraint is named table_columns_pkey, _fkey, _key, _excl or _check');

SELECT is_empty($$
    SELECT i.indexrelid::regclass FROM pg_index AS i JOIN our_tables AS t ON t.oid = i.indrelid
    JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE NOT t.relispartition AND c.relname !~ ('^' || t.relname || '_[a-z0-9_]+_idx$')
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
$$, 'S03 every index that is no constraint is named table_columns_idx');

SELECT is_empty($$
    SELECT p.table_name || ' ' || p.polname FROM our_policies AS p
    WHERE p.polname !~ (
        '^' || p.relname || '_[a-z]+_' || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert'
            WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END || '$'
    )
$$, 'S04 every policy is named table_who_command');

SELECT is_empty($$
    SELECT g.tgrelid::regclass || ' ' || g.tgname FROM pg_trigger AS g JOIN our_tables AS t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND NOT t.relispartition AND g.tgname !~ ('^' || t.relname || '_[a-z_]+$')
$$, 'S05 every trigger is named table_deed');

SELECT is_empty($$
    SELECT t.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid JOIN pg_type AS y ON y.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT t.relispartition AND (
        y.typtype = 'e' OR a.atttypid IN (
            'real'::regtype, 'double precision'::regtype, 'money'::regtype, 'varchar'::regtype, 'bpchar'::regtype,
            'timestamp'::regtype, 'timetz'::regtype, 'json'::regtype
        )
    )
    -- Ratios are no money.
    AND NOT (t.name::text = 'portfolio.analytics' AND a.atttypid = 'double precision'::regtype)
$$, 'S06 no float, money, varchar, char, enum, json or zoneless timestamp');

SELECT is_empty($$
    SELECT t.name || '.' || a.attname FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT t.relispartition AND CASE a.atttypid
        WHEN 'timestamptz'::regtype THEN a.attname !~ '_at$'
        WHEN 'date'::regtype THEN a.attname !~ '_on$'
        WHEN 'boolean'::regtype THEN a.attname !~ '^is_'
    END
    -- domain.md 2.3 names these as the trade does.
    AND (t.name::text, a.attname) NOT IN (
        ('market.price_history', 'bucket_start'), ('market.price_history', 'closed'), ('market.markets', 'engine_acks'),
        ('trading.orders', 'post_only'), ('trading.orders', 'on_book'),
        -- Not when it was written, but the moment it speaks for.
        ('portfolio.ledger_checkpoints', 'as_of'), ('portfolio.analytics', 'as_of')
    )
$$, 'S07 a timestamptz ends in _at, a date in _on, a boolean begins with is_');

SELECT is_empty($$
    SELECT t.name || '.' || a.attname FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid
    JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE pg_get_expr(d.adbin, d.adrelid) ~ '^nextval'
$$, 'S08 numbers come from identity columns, not from serial');

SELECT is_empty($$
    SELECT t.name || '.' || a.attname FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'numeric'::regtype
    AND (t.name::text, a.attname) NOT IN (('market.markets', 'price_band_pct')) AND t.nspname <> 'attic'
$$, 'S09 every number that is money, a price or a quantity is of a core domain');

SELECT is_empty($$
    SELECT t.name FROM our_tables AS t
    WHERE t.nspname <> 'attic' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.oid AND contype = 'p')
$$, 'S10 every table has a primary key');

SELECT is_empty($$
    SELECT t.name || '.' || c.conname FROM pg_constraint AS c JOIN our_tables AS t ON t.oid = c.conrelid
    WHERE c.contype = 'f' AND c.conparentid = 0 AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE i.indrelid = c.conrelid AND i.indisvalid
        AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey
        -- A partial index serves when it leaves out nothing but NULLs, which no foreign key looks for.
        AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\([a-z_]+ IS NOT NULL\)$')
    )
$$, 'S11 every foreign key has an index that leads with its columns');

SELECT is_empty($$
    SELECT t.name || ' ' || g.tgname FROM pg_trigger AS g JOIN our_tables AS t ON t.oid = g.tgrelid
    WHERE g.tgenabled NOT IN ('O', 'A')
$$, 'S12 every trigger is enabled');

SELECT is_empty($$
    SELECT 'relation ' || c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
$$, 'S13 schema public is empty');

SELECT is_empty($$
    SELECT 'table ' || name FROM our_tables WHERE nspname = 'api'
    UNION ALL SELECT 'definer ' || name FROM our_functions WHERE nspname = 'api' AND prosecdef
$$, 'S14 schema api holds only views and invoker functions');

SELECT is_empty($$
    SELECT name || ' is a leaf outside partitions' FROM our_tables WHERE relispartition AND nspname NOT IN ('partitions', 'attic')
    UNION ALL SELECT name || ' is no leaf' FROM our_tables WHERE NOT relispartition AND nspname = 'partitions'
    UNION ALL SELECT name || ' is a second level' FROM our_tables WHERE relispartition AND relkind = 'p'
$$, 'S15 partitions holds every leaf, nothing but leaves, and one level of them');

SELECT is_empty($$
    SELECT t.name || ' has no policy' FROM our_tables AS t
    WHERE t.relkind = 'p' AND NOT EXISTS (SELECT FROM ops.partition_policies AS p WHERE p.parent = t.oid)
    UNION ALL SELECT p.parent || ' is not partitioned by one timestamptz' FROM ops.partition_policies AS p
    WHERE NOT EXISTS (
        SELECT FROM pg_partitioned_table AS k JOIN pg_attribute AS a ON a.attrelid = k.partrelid AND a.attnum = k.partattrs[0]
        WHERE k.partrelid = p.parent AND k.partstrat = 'r' AND k.partnatts = 1 AND a.atttypid = 'timestamptz'::regtype
    )
    UNION ALL SELECT c.relname || ' is the name of two parents, and would be of their leaves'
    FROM ops.partition_policies AS p JOIN pg_class AS c ON c.oid = p.parent GROUP BY c.relname HAVING count(*) > 1
$$, 'S16 every partitioned table has a partition policy, a name of its own, and one timestamptz to go by');

SELECT is_empty($$
    SELECT unnest(ops.leaf_problems(b.leaf)) FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b
    UNION ALL SELECT b.leaf || ': is a DEFAULT partition'
    FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b WHERE b.is_default
$$, 'S17 every leaf is like its parent, and none is a DEFAULT partition');

SELECT is_empty($$
    SELECT t.name FROM our_tables AS t
    WHERE t.nspname NOT IN ('partitions', 'attic') AND 1 <> (
        SELECT count(*) FROM our_policies AS p
        WHERE p.table_name = t.oid AND p.polroles = ARRAY['tradebase_kernel'::regrole::oid] AND p.polpermissive
        AND p.polcmd = '*' AND p.using_expression = 'true' AND p.check_expression = 'true'
    )
$$, 'S18 every table has one policy that lets the kernel see every row');

SELECT is_empty($$
    SELECT 'table ' || t.name FROM our_tables AS t, our_schemas AS o WHERE o.nspname = 'ops' AND t.relowner <> o.nspowner
    UNION ALL SELECT 'schema ' || n.nspname FROM our_schemas AS n, our_schemas AS o
    WHERE o.nspname = 'ops' AND n.nspowner <> o.nspowner
    UNION ALL SELECT 'function ' || f.name FROM our_functions AS f, our_schemas AS o
    WHERE o.nspname = 'ops' AND NOT f.prosecdef AND f.proowner <> o.nspowner
$$, 'S19 the owner of ops owns every schema, table and invoker function');

SELECT is_empty($$
    SELECT t.name || '.' || a.attname FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT t.relispartition AND t.nspname <> 'attic' AND a.attname ~ (
        '(^|_)(name|email|phone|address|street|city|zip|country|birth|born|gender|passport|iban|ip|device|agent|locale'
        '|timezone|token|secret|password|preferences|destination|external|reason|note|comment|message)(_|$)'
    )
    AND coalesce(col_description(t.oid, a.attnum), '') !~ '\[(personal|kept: [^]]+)\]$'
    -- A name of a thing, a word of a list, and what the platform itself writes.
    AND (t.name::text, a.attname) NOT IN (
        ('events.consumers', 'name'), ('market.assets', 'name'), ('portfolio.ledger_entries', 'reason'),
        ('trading.orders', 'close_reason')
    )
$$, 'S20 what sounds like a person is tagged [personal] or [kept: why] at the end of its comment');

SELECT is_empty(
    'SELECT relation, problem FROM audit.coverage WHERE problem IS NOT NULL',
    'S21 every table is audited by the template''s triggers, or its comment says why not'
);

-- Lints ---------------------------------------------------------------------------------------------------------------

SELECT is_empty($$
    SELECT t.name FROM our_tables AS t JOIN pg_class AS c ON c.oid = t.oid
    WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)
$$, 'X01 row level security is on and forced on every table and leaf');

SELECT is_empty($$
    SELECT g.relation || ': ' || g.privilege_type || ' to ' || CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
    FROM our_grants AS g WHERE g.nspname IN ('partitions', 'attic')
    AND NOT (g.relation::text = 'partitions.orders_open' AND g.grantee = 'tradebase_kernel'::regrole)
    UNION ALL SELECT 'schema ' || n.nspname || ': ' || a.privilege_type
    FROM our_schemas AS n, aclexplode(n.nspacl) AS a WHERE n.nspname IN ('partitions', 'attic') AND a.grantee <> n.nspowner
    AND NOT (n.nspname = 'partitions' AND a.grantee = 'tradebase_kernel'::regrole AND a.privilege_type = 'USAGE')
    UNION ALL SELECT 'schema ' || e.name || ' is exposed'
    FROM regexp_split_to_table(current_setting('pgrst.db_schemas', TRUE), '\s*,\s*') AS e (name)
    WHERE e.name IN ('partitions', 'attic')
$$, 'X02 nobody but the owner holds anything on a leaf or in the attic, save the kernel on the open book');

SELECT is_empty($$
    SELECT g.relation || ': ' || g.privilege_type || ' to ' || CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
    FROM our_grants AS g WHERE g.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') AND g.nspname NOT IN ('partitions', 'attic')
$$, 'X03 nobody but the owner holds TRUNCATE, REFERENCES or TRIGGER');

SELECT is_empty($$
    SELECT g.relation || coalesce('.' || g.column_name, '') || ': ' || g.privilege_type || ' to ' || r.name
    FROM our_grants AS g
    CROSS JOIN LATERAL (SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END) AS r (name)
    WHERE g.nspname NOT IN ('partitions', 'attic') AND g.relkind <> 'S'
    -- Supabase's service_role is past row level security: whatever it may read it reads of everybody.
    AND (
        r.name IN ('PUBLIC', 'service_role')
        OR (r.name <> 'tradebase_kernel' AND g.privilege_type IN ('INSERT', 'UPDATE', 'DELETE'))
    )
    AND (r.name, g.relation::text, g.privilege_type, coalesce(g.column_name, '*')) NOT IN (
        ('authenticated', 'identity.profiles', 'UPDATE', 'display_name'),
        ('authenticated', 'identity.profiles', 'UPDATE', 'country'),
        ('authenticated', 'identity.profiles', 'UPDATE', 'timezone'),
        ('authenticated', 'identity.profiles', 'UPDATE', 'reporting_asset_id'),
        ('authenticated', 'identity.profiles', 'UPDATE', 'preferences'),
        -- market.set_fees() runs with the operator's own rights.
        ('tradebase_operator', 'market.fee_schedules', 'INSERT', 'fee_tier'),
        ('tradebase_operator', 'market.fee_schedules', 'INSERT', 'maker_fee_rate'),
        ('tradebase_operator', 'market.fee_schedules', 'INSERT', 'market_id'),
        ('tradebase_operator', 'market.fee_schedules', 'INSERT', 'taker_fee_rate'),
        ('tradebase_operator', 'market.fee_schedules', 'DELETE', '*'),
        ('tradebase_operator', 'market.fee_schedules', 'UPDATE', 'maker_fee_rate'),
        ('tradebase_operator', 'market.fee_schedules', 'UPDATE', 'taker_fee_rate')
    )
$$, 'X04 nobody but the kernel writes, save a user their profile and an operator fees; PUBLIC and service_role hold nothing');

SELECT is_empty($$
    SELECT f.name FROM our_functions AS f
    WHERE NOT coalesce(f.proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], FALSE)
    -- An aggregate has no body, and PostgreSQL knows no SET for it.
    AND f.prokind <> 'a'
    -- Must be inlined, which a function with a SET is not. Their bodies were parsed when they were made: no path is
    -- looked through.
    AND (f.prosecdef OR f.prosqlbody IS NULL OR f.name::text !~ ('^(' || array_to_string(ARRAY[
        -- In CHECKs and defaults of every order, trade and transfer: five times the time.
        'core.is_client_key', 'core.uuid7', 'core.uuid7_time',
        -- In the answer of every command.
        'core.write_token',
        -- In every policy, once per statement.
        'core.current_user_id',
        -- In what every command tells, once per order.
        'trading.command_payload', 'trading.order_event',
        -- In the bodies of the audit's triggers, once per column of every row.
        'audit.changed',
        -- The rules of an order, in the one query of a placement and of a batch.
        'trading.order_flaw', 'trading.order_hold', 'trading.order_refusal', 'trading.order_rules', 'trading.request_hash',
        'trading.is_legal_order_transition',
        -- A constant once it is inlined, in every journal.
        'identity.system_user_id',
        -- A page is planned with the caller's cursor and reads the leaves that it is in.
        'api.equity_curve', 'api.get_candles', 'api.list_fills', 'api.list_orders', 'api.list_trades', 'api.statement',
        -- In the one query that rolls a batch of trades, per row.
        'market.candle_length', 'market.candles_of',
        -- For every pair of snapshots.
        'portfolio.period_return',
        -- Embedded by the API for each row of a page: a join.
        'api.assets', 'api.base', 'api.fills', 'api.markets', 'api.quote'
    ], '|') || ')[(]'))
$$, 'X05 every function pins search_path to pg_catalog with pg_temp last, but those named here that must be inlined');

SELECT is_empty($$
    SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN our_schemas AS n ON n.oid = p.pronamespace,
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0
    UNION ALL SELECT 'default privileges on functions' WHERE NOT EXISTS (
        SELECT FROM pg_default_acl AS d JOIN our_schemas AS o ON o.nspowner = d.defaclrole
        WHERE o.nspname = 'ops' AND d.defaclnamespace = 0 AND d.defaclobjtype = 'f'
        AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS a WHERE a.grantee = 0)
    )
$$, 'X06 PUBLIC may execute nothing, nor what is made next');

SELECT is_empty($$
    SELECT format('%s to %s', d.defaclobjtype, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
    FROM pg_default_acl AS d JOIN our_schemas AS o ON o.nspowner = d.defaclrole AND o.nspname = 'ops',
    aclexplode(d.defaclacl) AS a
    WHERE a.grantee <> d.defaclrole AND (d.defaclnamespace = 0 OR d.defaclnamespace IN (SELECT oid FROM our_schemas))
    -- X06 says so of functions.
    AND NOT (a.grantee = 0 AND d.defaclobjtype = 'f' AND d.defaclnamespace = 0)
$$, 'X07 default privileges give nobody anything');

SELECT is_empty($$
    SELECT f.name || ' belongs to ' || f.proowner::regrole FROM our_functions AS f JOIN pg_roles AS r ON r.oid = f.proowner
    WHERE f.prosecdef AND (r.rolname <> 'tradebase_kernel' OR r.rolsuper OR r.rolbypassrls OR r.rolcanlogin)
    AND f.name::text NOT IN (SELECT d.name FROM owners_functions AS d)
    UNION ALL SELECT f.name || ' belongs to ' || f.proowner::regrole FROM our_functions AS f, our_schemas AS o
    WHERE o.nspname = 'ops' AND f.name::text IN (SELECT d.name FROM owners_functions AS d) AND f.proowner <> o.nspowner
    UNION ALL SELECT 'the owner ' || r.rolname || ' is a superuser' FROM our_schemas AS o JOIN pg_roles AS r ON r.oid = o.nspowner
    WHERE o.nspname = 'ops' AND r.rolsuper
    UNION ALL SELECT 'schema ' || n.nspname || ': the kernel may create' FROM our_schemas AS n
    WHERE has_schema_privilege('tradebase_kernel', n.oid, 'CREATE')
$$, 'X08 the kernel owns every definer function but the DDL ones of ops and two that look, and may create nowhere');

SELECT is_empty($$
    SELECT p.table_name || ' ' || p.polname FROM our_policies AS p WHERE 0 = ANY (p.polroles)
$$, 'X09 every policy names its roles');

SELECT is_empty($$
    SELECT p.table_name || ' ' || p.polname FROM our_policies AS p
    WHERE (p.polcmd IN ('w', '*') AND p.check_expression IS DISTINCT FROM p.using_expression)
    OR (p.polcmd = 'a' AND p.check_expression IS NULL)
$$, 'X10 every policy that lets write checks what is written as it checks what is read');

SELECT is_empty($$
    SELECT p.table_name || ' ' || p.polname FROM our_policies AS p
    WHERE regexp_replace(
        -- With a schema: a function of PostgreSQL's own is printed without, and may be anything.
        coalesce(p.using_expression, '') || coalesce(p.check_expression, ''),
        '\( SELECT [a-z_]+\.[a-z_]+\(\) AS [a-z_]+\)', '', 'g'
    ) ~ '[a-z_]\('
    UNION ALL SELECT 'policy calls ' || f.name FROM our_functions AS f JOIN pg_proc AS c ON c.oid = f.oid
    WHERE c.provolatile = 'v' AND EXISTS (
        SELECT FROM pg_depend AS d WHERE d.classid = 'pg_policy'::regclass
        AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
    )
$$, 'X11 a policy calls a function once per statement, in a sub-select, and a stable one');

SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class AS c JOIN our_schemas AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND NOT coalesce(c.reloptions @> ARRAY['security_invoker=true'], FALSE)
    UNION ALL SELECT c.oid::regclass FROM pg_class AS c JOIN our_schemas AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'v' AND pg_get_viewdef(c.oid) ~ 'WHERE.*(current_user_id|current_setting|current_user|session_user)'
    AND NOT coalesce(c.reloptions @> ARRAY['security_barrier=true'], FALSE)
$$, 'X12 every view runs with its caller''s rights, and one that asks who that is lets nothing of theirs run before');

SELECT is_empty($$
    SELECT c.oid::regclass FROM pg_class AS c JOIN our_schemas AS n ON n.oid = c.relnamespace
    CROSS JOIN client_roles AS r
    WHERE c.relkind IN ('m', 'f') AND has_any_column_privilege(r.oid, c.oid, 'SELECT')
$$, 'X13 no client role reads a materialized view or a foreign table');

SELECT is_empty($$
    SELECT 'leakproof ' || name FROM our_functions WHERE proleakproof
    UNION ALL SELECT 'operator ' || o.oid::regoperator FROM pg_operator AS o
    WHERE o.oprnamespace IN (SELECT oid FROM our_schemas) OR o.oprcode IN (SELECT oid FROM our_functions)
    UNION ALL SELECT 'cast to ' || c.casttarget::regtype FROM pg_cast AS c
    WHERE c.castfunc IN (SELECT oid FROM our_functions) OR EXISTS (
        SELECT FROM pg_type AS t JOIN our_schemas AS n ON n.oid = t.typnamespace
        WHERE t.oid IN (c.castsource, c.casttarget)
    )
$$, 'X14 no leakproof function, no operator and no cast of our own');

SELECT is_empty($$
    SELECT r.rolname || ': ' || c.setting
    FROM pg_db_role_setting AS s JOIN our_roles AS r ON r.oid = s.setrole, unnest(s.setconfig) AS c (setting)
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND (r.is_made, r.rolname::text, c.setting) NOT IN (
        (TRUE, 'authenticator', 'plan_cache_mode=force_custom_plan'),
        (TRUE, 'authenticator', 'statement_timeout=8s'), (TRUE, 'authenticator', 'lock_timeout=3s'),
        (TRUE, 'authenticator', 'idle_in_transaction_session_timeout=5s'),
        (TRUE, 'service_authenticator', 'plan_cache_mode=force_custom_plan'),
        (TRUE, 'service_authenticator', 'statement_timeout=30s'), (TRUE, 'service_authenticator', 'lock_timeout=3s'),
        (TRUE, 'service_authenticator', 'idle_in_transaction_session_timeout=5s'),
        -- What Supabase sets.
        (FALSE, 'anon', 'statement_timeout=3s'), (FALSE, 'authenticated', 'statement_timeout=8s'),
        (FALSE, 'authenticator', 'statement_timeout=8s'), (FALSE, 'authenticator', 'lock_timeout=8s'),
        (FALSE, 'authenticator', 'session_preload_libraries=safeupdate')
    )
    UNION ALL SELECT 'database: ' || c.setting FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c (setting)
    WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    -- Supabase's own name for what its API is told.
    AND c.setting !~ '^app\.settings\.'
$$, 'X15 roles and database have the settings they were given: any role may change its own, and the API then applies them to everybody');

SELECT is_empty($$
    SELECT r.rolname || ' has an attribute too many' FROM our_roles AS r
    WHERE r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication
    OR r.rolcanlogin <> (r.rolname ~ 'authenticator$') OR r.rolinherit = (r.rolname ~ 'authenticator$')
    -- Supabase's service_role is past row level security. So are the tables: it has no grant on any.
    OR (r.rolbypassrls AND (r.is_made OR r.rolname <> 'service_role'))
    UNION ALL SELECT r.rolname || ' is a member of ' || m.roleid::regrole
    FROM pg_auth_members AS m JOIN our_roles AS r ON r.oid = m.member
    WHERE (r.rolname::text, m.roleid::regrole::text) NOT IN (
        ('authenticator', 'anon'), ('authenticator', 'authenticated'), ('authenticator', 'tradebase_operator'),
        ('authenticator', 'tradebase_support'), ('authenticator', 'tradebase_auditor'),
        ('authenticator', 'tradebase_reporter'), ('authenticator', 'tradebase_monitor'),
        ('service_authenticator', 'service_role'), ('service_authenticator', 'tradebase_engine')
    ) AND NOT (r.rolname = 'authenticator' AND NOT r.is_made AND m.roleid = 'service_role'::regrole)
    UNION ALL SELECT m.member::regrole || ' is a member of the kernel' FROM pg_auth_members AS m, our_schemas AS o
    WHERE m.roleid = 'tradebase_kernel'::regrole AND o.nspname = 'ops' AND m.member <> o.nspowner
    UNION ALL SELECT m.member::regrole || ' is a member of ' || m.roleid::regrole
    FROM pg_auth_members AS m JOIN client_roles AS r ON r.oid = m.roleid, our_schemas AS o
    WHERE o.nspname = 'ops' AND m.member <> o.nspowner AND m.member NOT IN (SELECT oid FROM our_roles)
    -- Supabase's storage comes in as its API does.
    AND (r.rolname, m.member::regrole::text) NOT IN (('authenticator', 'supabase_storage_admin'))
    UNION ALL SELECT string_agg(r.rolname, ', ') || ' are superusers' FROM pg_roles AS r WHERE r.rolsuper HAVING count(*) > 1
$$, 'X16 no role has more attributes or members, or is a member of more, than it needs, and one alone is a superuser');

SELECT is_empty($$
    SELECT 'schema ' || n.nspname || ': ' || a.privilege_type FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
    WHERE a.grantee = 0 AND (a.privilege_type = 'CREATE' OR n.oid IN (SELECT oid FROM our_schemas))
    UNION ALL SELECT 'database: ' || a.privilege_type
    FROM pg_database AS d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
    WHERE d.datname = current_database() AND a.grantee = 0 AND a.privilege_type <> 'CONNECT'
$$, 'X17 PUBLIC creates nothing, uses no schema of ours, and has CONNECT alone on the database');

SELECT is_empty($$
    SELECT c.oid::regclass || ' to ' || r.rolname FROM pg_class AS c, client_roles AS r
    WHERE c.relname IN ('pg_stat_statements', 'pg_stat_statements_info')
    -- Supabase's own, which its API does not expose and which is not ours to revoke.
    AND NOT (
        c.relnamespace IS NOT DISTINCT FROM to_regnamespace('extensions')
        AND EXISTS (SELECT FROM our_roles AS o WHERE o.rolname = 'anon' AND NOT o.is_made)
    )
    AND has_schema_privilege(r.oid, c.relnamespace, 'USAGE') AND has_any_column_privilege(r.oid, c.oid, 'SELECT')
$$, 'X18 no client role reads the texts of all clients'' statements');

SELECT is_empty($$
    SELECT 'domain ' || t.oid::regtype FROM pg_type AS t JOIN our_schemas AS n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND t.typbasetype = 'numeric'::regtype AND NOT EXISTS (
        -- NaN is above every number: an upper bound refuses it, and Infinity with it.
        SELECT FROM pg_constraint AS c WHERE c.contypid = t.oid AND pg_get_constraintdef(c.oid) ~ 'VALUE <=? .*scale'
    )
    UNION ALL SELECT 'domain ' || t.oid::regtype FROM pg_type AS t JOIN our_schemas AS n ON n.oid = t.typnamespace
    WHERE t.typtype = 'd' AND t.typbasetype <> 'numeric'::regtype AND NOT EXISTS (
        SELECT FROM pg_constraint AS c WHERE c.contypid = t.oid AND pg_get_constraintdef(c.oid) ~ 'length\(|= ANY \(|is_client_key\('
    )
    UNION ALL SELECT t.name || '.' || a.attname
    FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT t.relispartition AND t.nspname <> 'attic'
    -- Copies of what was bounded where it stood; audit.context() cuts the rest.
    AND t.name NOT IN ('audit.audit_logs'::regclass, 'events.outbox'::regclass) AND CASE
        WHEN a.atttypid = 'numeric'::regtype THEN TRUE
        WHEN a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype) THEN TRUE
        -- What no role may write is the server's clock, or was looked at by the function that writes it.
        WHEN a.atttypid = 'timestamptz'::regtype THEN EXISTS (
            SELECT FROM our_grants AS g
            WHERE g.relation = t.oid AND coalesce(g.column_name, a.attname) = a.attname
            AND g.privilege_type IN ('INSERT', 'UPDATE') AND g.grantee <> 'tradebase_kernel'::regrole
        )
        ELSE FALSE
    END AND NOT EXISTS (
        SELECT FROM pg_constraint AS c
        WHERE c.conrelid = t.oid AND a.attnum = ANY (c.conkey)
        -- A length, a pattern with an end, a list of words, a bound; or what another table has bounded.
        AND CASE c.contype WHEN 'f' THEN TRUE WHEN 'c' THEN pg_get_constraintdef(c.oid) ~ 'length\(|pg_column_size\(|jsonb_typeof\(|~ ''\^|= ANY \(|<=? ' END
    )
$$, 'X19 every number, text, JSON and moment that comes from outside has a bound');

SELECT is_empty($$
    SELECT t.name::text FROM our_tables AS t JOIN pg_class AS c ON c.oid = t.oid WHERE c.relreplident = 'f'
    UNION ALL SELECT p.pubname || ': ' || t.name || '.' || a.attname
    FROM pg_publication AS p
    JOIN pg_publication_rel AS r ON r.prpubid = p.oid
    JOIN our_tables AS t ON t.oid = r.prrelid
    JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype = 'p'
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
    WHERE a.atttypid NOT IN (
        'uuid'::regtype, 'bigint'::regtype, 'integer'::regtype, 'smallint'::regtype, 'timestamptz'::regtype
    )
$$, 'X20 a deleted row tells every subscriber its key alone, and no published key says who somebody is');

SELECT is_empty($$
    SELECT p.pubname || ': all tables' FROM pg_publication AS p WHERE p.puballtables
    UNION ALL SELECT p.pubname || ': all of ' || n.nspname
    FROM pg_publication_namespace AS s JOIN pg_publication AS p ON p.oid = s.pnpubid JOIN our_schemas AS n ON n.oid = s.pnnspid
$$, 'X21 a publication names its tables');

SELECT is_empty($$
    SELECT t.name || ' ' || g.tgname || ' can be slept through'
    FROM pg_trigger AS g JOIN our_tables AS t ON t.oid = g.tgrelid JOIN our_functions AS f ON f.oid = g.tgfoid
    WHERE NOT g.tgisinternal AND (f.name::text ~ '_audit\(\)$' OR f.name::text = 'core.refuse_change()') AND g.tgenabled <> 'A'
    UNION ALL SELECT t.name || ' forgets UPDATE, DELETE or TRUNCATE'
    FROM pg_trigger AS g JOIN our_tables AS t ON t.oid = g.tgrelid JOIN our_functions AS f ON f.oid = g.tgfoid
    WHERE NOT g.tgisinternal AND NOT t.relispartition AND (f.name::text ~ '_audit\(\)$' OR f.name::text = 'core.refuse_change()')
    -- 8, 16 and 32 are the bits of DELETE, UPDATE and TRUNCATE.
    GROUP BY t.name HAVING bit_or(g.tgtype::integer) & 56 <> 56
    UNION ALL SELECT t.name || ' ' || r.rulename || ' does something else than was asked'
    FROM pg_rewrite AS r JOIN our_tables AS t ON t.oid = r.ev_class
    UNION ALL SELECT t.name || ' ' || g.tgname || ' may swallow a record'
    FROM pg_trigger AS g JOIN our_tables AS t ON t.oid = g.tgrelid LEFT JOIN pg_inherits AS i ON i.inhrelid = t.oid
    WHERE NOT g.tgisinternal AND 'audit.audit_logs'::regclass IN (t.oid, i.inhparent) AND g.tgfoid <> 'core.refuse_change()'::regprocedure
$$, 'X22 what records a change or refuses it fires always, on TRUNCATE too, and nothing swallows the record');

SELECT is_empty($$
    SELECT t.name || '.' || a.attname FROM pg_attribute AS a JOIN our_tables AS t ON t.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND NOT t.relispartition
    AND a.attname ~ '(^|_)(token|secret|password|passwd|passphrase|credential|jwt|bearer|cookie|api_key|access_key|private_key|otp|pin|mnemonic|cvv|ssn|iban)(_|$)'
    AND NOT (a.atttypid = 'bytea'::regtype AND EXISTS (
        SELECT FROM pg_constraint AS c
        WHERE c.conrelid = t.oid AND c.contype = 'c'
        AND pg_get_constraintdef(c.oid) ~ ('octet_length\(' || a.attname || '\) = 32')
    ))
$$, 'X23 a column named like a secret holds a hash of 32 bytes');

SELECT is_empty($$
    SELECT f.name || ': ' || m.word[1] FROM our_functions AS f,
    regexp_matches(f.code, '(\mEXECUTE\M\s+(?!FUNCTION|PROCEDURE|ON\M|format\()[^;]*)', 'gi') AS m (word)
    -- Text that pg_get_triggerdef() made, with one qualified name for another.
    WHERE f.name::text <> 'ops.ensure_partitions(regclass,date,date)' OR m.word[1] NOT LIKE 'EXECUTE replace(twin.def, %'
    UNION ALL SELECT f.name || ': ' || m.word[1] FROM our_functions AS f,
    regexp_matches(f.source, '(\mEXECUTE\M\s+format\([^;]*%[^ILilt%;][^;]*)', 'gi') AS m (word)
    -- A regclass quotes itself, quote_ident() has quoted columns, and there is a list of the two kinds of replica identity.
    WHERE f.name::text NOT IN (
        'ops.ensure_partitions(regclass,date,date)', 'ops.load_leaf(name)', 'ops.reattach_leaf(name)',
        'ops.row_digest(regclass,name[],name,timestamp with time zone,timestamp with time zone)', 'ops.stage_leaf(jsonb)'
    )
$$, 'X24 what is executed as text is put together by format(), with %I and %L');

SELECT is_empty($$
    SELECT DISTINCT f.name || ': ' || field.name[1]
    FROM our_functions AS f, regexp_matches(f.code, '(\mRAISE\M[^;]*)', 'g') AS statement (text),
    regexp_matches(statement.text[1], '\m[a-z_]+\.([a-z_]+)\M(?!\()', 'g') AS field (name)
    WHERE field.name[1] <> ALL (ARRAY[
        -- Its place, its state and its rules.
        'id', 'index', 'line', 'first_line', 'last_seq', 'event', 'journal_id', 'key', 'expected', 'engine', 'from_date', 'to_date',
        'status', 'to_status', 'user_status', 'asset_status', 'closed_at', 'sent_at', 'filled_quantity', 'time_in_force', 'side',
        'code', 'symbol', 'market', 'asset_id', 'scale', 'tick_size', 'lot_size', 'min_quantity', 'min_notional', 'withdraw_min',
        'engine_acks', 'excess',
        -- A retired leaf: its name, how many rows it has, and what is to become of it.
        'leaf', 'rows', 'action', 'exported_at',
        -- How far a consumer of events is.
        'from_xid', 'upto_xid', 'last_id', 'high_id',
        -- One's own funds, or the operator's to see who takes a trade back.
        'available', 'held', 'd_available', 'd_held', 'needed'
    ])
$$, 'X25 an error says of a row only what is listed here: never whose it is, nor what somebody wrote into it');

SELECT is_empty($$
    SELECT h.parent || ': ' || h.runway || ' of ' || p.premake FROM ops.partition_health(current_date) AS h
    JOIN ops.partition_policies AS p ON p.parent = h.parent WHERE h.runway < p.premake
$$, 'X26 every partitioned table has the leaves that its policy wants ahead of today');

SELECT is_empty($$
    SELECT g.relation || ': ' || g.privilege_type || ' to ' || CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
    FROM our_grants AS g WHERE g.relkind = 'S' AND g.grantee <> 'tradebase_kernel'::regrole
    UNION ALL SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'api'::regnamespace AND a.attnum > 0 AND a.attname ~ '(^|_)id$' AND a.atttypid <> 'uuid'::regtype
    -- The client's own, and what another service calls a session.
    AND a.attname NOT IN ('client_order_id', 'request_id', 'session_id')
$$, 'X27 nobody but the kernel draws numbers, and an id that clients see is a uuid');

SELECT is_empty($$
    SELECT t.name || '.' || c.conname FROM pg_constraint AS c JOIN our_tables AS t ON t.oid = c.conrelid
    WHERE NOT c.convalidated
    UNION ALL SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN our_tables AS t ON t.oid = i.indrelid
    WHERE NOT i.indisvalid
$$, 'X29 every constraint and index is valid');

SELECT is_empty($$
    SELECT 'language ' || l.lanname FROM pg_language AS l WHERE NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
    UNION ALL SELECT 'extension ' || e.extname FROM pg_extension AS e
    WHERE e.extname IN ('dblink', 'postgres_fdw', 'file_fdw', 'adminpack')
$$, 'X30 nothing that reaches files or other servers is installed');

SELECT finish();
ROLLBACK;
