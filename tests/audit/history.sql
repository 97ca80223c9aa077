-- audit.history(): a row's, a user's, a role's and a request's, page by page, each by its index, for auditors.

BEGIN;
SELECT plan(41);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/read_plan.psql

SELECT is(
    pg_temp.who_may_execute(
        'audit.history(text, text, uuid, text, text, timestamptz, bigint, integer)'
    ), ARRAY['tradebase_auditor'], 'for auditors'
);
GRANT EXECUTE ON FUNCTION pg_temp.nodes_of(text), pg_temp.leaves_read(text), pg_temp.detail_of(text) TO tradebase_auditor;

INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('ZZHIS', 'Past', 'crypto', 8, 8)
RETURNING id AS asset \gset
SET LOCAL ROLE service_role;
SELECT set_config('tradebase.request_id', 'r-history', TRUE);
SELECT api.deposit(:'alice', 'ZZHIS', 5, 'history:1');
SELECT set_config('tradebase.request_id', '', TRUE);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT api.transfer(:'bob', 'ZZHIS', 1, 'history:' || n) FROM generate_series(2, 4) AS n;
SELECT set_config('request.jwt.claims', '', TRUE);
RESET ROLE;
UPDATE market.assets SET name = 'Present' WHERE id = :asset;

SET LOCAL ROLE tradebase_auditor;
PREPARE of_row AS SELECT operation, before, after ->> 'name' FROM audit.history('market.assets', :'asset');
PREPARE of_alice AS SELECT l.relation, l.operation FROM audit.history(actor_id => :'alice') AS l WHERE l.row_key <> 'aaaaaaaa-0000-4000-8000-00000000000a';
PREPARE of_request AS SELECT l.relation, l.operation, l.database_role FROM audit.history(request_id => 'r-history') AS l;
SELECT results_eq(
    'of_row',
    $$ VALUES ('UPDATE', '{"name": "Past"}'::jsonb, 'Present'), ('INSERT', NULL, 'Past') $$, 'a row''s, newest first'
);
SELECT results_eq(
    'of_alice', $$ VALUES ('portfolio.transfers', 'INSERT'), ('portfolio.transfers', 'INSERT'), ('portfolio.transfers', 'INSERT') $$,
    'what Alice did herself'
);
SELECT results_eq(
    'of_request', $$ VALUES ('portfolio.transfers', 'INSERT', 'service_role') $$, 'what a request did'
);
SELECT is(
    (SELECT count(*) FROM audit.history(database_role => 'service_role') AS l WHERE l.request_id = 'r-history'), 1::bigint,
    'what was done as a role, for nobody who was signed in'
);
SELECT is_empty(
    $$ SELECT FROM audit.history(database_role => 'authenticated') AS l WHERE l.actor_id IS NOT NULL $$, 'and not what users did'
);
SELECT is((SELECT count(*) FROM audit.history(actor_id => :'bob')), 0::bigint, 'Bob did nothing');
SELECT is((SELECT count(*) FROM audit.history(request_id => 'r-none')), 0::bigint, 'nor did a request that was none');

-- Page by page
SELECT l.created_at AS created_at, l.id AS id FROM audit.history(actor_id => :'alice', max_rows => 2) AS l ORDER BY l.id LIMIT 1 \gset
SELECT is(
    (SELECT count(*) FROM audit.history(actor_id => :'alice', before_created_at => :'created_at', before_id => :id)), 1::bigint,
    'the page after two of three has one'
);
SELECT results_eq(
    format($$ SELECT l.id < %s FROM audit.history(actor_id => %L, before_created_at => %L, before_id => %s) AS l $$, :'id', :'alice', :'created_at', :'id'),
    'VALUES (TRUE)', 'an older one'
);

-- Bad questions
SELECT throws_ok('SELECT audit.history(' || asked || ')', state, message, description)
FROM (VALUES
    ('', 'TR010', 'invalid relation', 'of what, it must be said'),
    ($$ 'market.assets' $$, 'TR010', 'invalid row_key', 'of which row'),
    ($$ row_key => '1' $$, 'TR010', 'invalid relation', 'of which table'),
    ($$ row_key => '1', request_id => 'r' $$, 'TR010', 'invalid row_key', 'a request has no key'),
    ($$ 'market.assets', '1', request_id => 'r' $$, 'TR010', 'invalid relation', 'one question at a time'),
    ($$ 'market.no_such', '1' $$, 'TR010', 'invalid relation', 'an unknown table'),
    ($$ 'pg_catalog.pg_class', '1' $$, 'TR010', 'invalid relation', 'a table that is not ours'),
    ($$ 'assets', '1' $$, 'TR010', 'invalid relation', 'a table without its schema'),
    ($$ 'market.assets', 'no such key' $$, 'TR010', 'invalid row_key', 'an unknown key'),
    ($$ actor_id => 'ffffffff-0000-4000-8000-00000000000f' $$, 'TR012', 'unknown user', 'an unknown user'),
    ($$ database_role => 'nobody_at_all' $$, 'TR010', 'invalid database_role', 'an unknown role'),
    ($$ request_id => 'r', max_rows => 1001 $$, 'TR010', 'invalid max_rows', 'more than a page'),
    ($$ request_id => 'r', max_rows => NULL $$, 'TR010', 'invalid max_rows', 'a page without an end')
) AS q (asked, state, message, description);
SELECT is(
    pg_temp.detail_of($$ SELECT audit.history('market.no_such', '1') $$),
    '{"argument": "relation", "expected": "a table, as schema.name"}', 'the detail says what was expected'
);

-- Each by its index, and no more than it needs of two months with ten thousand records each.
RESET ROLE;
SELECT ops.ensure_partitions('audit.audit_logs', '2019-03-01', '2019-05-01') AS made \gset
INSERT INTO audit.audit_logs (
    created_at, actor_id, database_role, session_role, request_id, relation, operation, row_key, after
)
SELECT
    '2019-03-02'::timestamptz + n * INTERVAL '4 minutes',
    CASE WHEN n % 2 = 0 THEN md5((n % 500)::text)::uuid END, 'role_' || n % 500, 'a', 'r-' || n % 10000, 'market.assets',
    CASE WHEN n < 15000 THEN 'INSERT' ELSE 'UPDATE' END, 'old-' || n % 15000, '{"name": "Old"}'
FROM generate_series(1, 21000) AS n;
INSERT INTO auth.users (id, email) VALUES (md5('0')::uuid, 'old@t1.example');
CREATE ROLE role_1;
ANALYZE audit.audit_logs;

-- The parents' names of the indexes that a plan goes by.
CREATE FUNCTION pg_temp.indexes_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || statement INTO plan;
    RETURN (
        SELECT array_agg(DISTINCT coalesce(i.inhparent::regclass::text, n.node ->> 'Node Type'))
        FROM jsonb_path_query(plan, 'strict $.** ? (@."Node Type" like_regex "^(Seq|Index|Index Only|Bitmap Index) Scan$")') AS n (node)
        LEFT JOIN pg_class AS c ON c.relname = n.node ->> 'Index Name' AND c.relnamespace = 'partitions'::regnamespace
        LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
    );
END
$$;
-- Pages that a statement touches, once the catalog is in memory.
CREATE FUNCTION pg_temp.pages_of(statement text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    FOR n IN 1..2 LOOP
        EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || statement INTO plan;
    END LOOP;
    RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::integer + (plan #>> '{0,Plan,Shared Read Blocks}')::integer;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.pages_of(text) TO tradebase_auditor, authenticated;
SELECT is(
    pg_temp.indexes_of(format(
        'SELECT l.* FROM audit.audit_logs AS l WHERE %s AND l.created_at <= now() ORDER BY l.created_at DESC, l.id DESC LIMIT 100',
        asked
    )), ARRAY[format('audit.audit_logs_%s_created_at_idx', index)], 'an index has ' || index
)
FROM (SELECT set_config('enable_seqscan', 'off', TRUE)) AS s, (VALUES
    ($$ l.relation = 'market.assets' AND l.row_key = 'old-7' $$, 'row_key_relation'),
    ($$ l.actor_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$, 'actor_id'),
    ($$ l.database_role = 'role_1' AND l.actor_id IS NULL $$, 'database_role'), ($$ l.request_id = 'r-7' $$, 'request_id')
) AS w (asked, index);
SELECT set_config('enable_seqscan', 'on', TRUE);
SELECT cmp_ok(
    (SELECT sum(pg_relation_size(b.leaf)) / 8192 FROM ops.partition_bounds('audit.audit_logs') AS b), '>', 300::numeric,
    'to read everything is hundreds of pages'
);
SET LOCAL ROLE tradebase_auditor;
SELECT cmp_ok(pg_temp.pages_of('SELECT * FROM ' || asked), '<', most, description)
FROM (VALUES
    -- That the table is one of ours is asked of the catalog, which is most of it.
    ($$ audit.history('market.assets', 'old-7') $$, 150, 'the history of a row is a few'),
    ($$ audit.history(request_id => 'r-7') $$, 60, 'of a request'),
    ($$ audit.history(actor_id => md5('0')::uuid, max_rows => 10) $$, 60, 'a page of an actor'),
    ($$ audit.history(database_role => 'role_1', max_rows => 10) $$, 60, 'of a role'),
    ($$ audit.as_of('market.assets', 'old-7', '2019-04-20') $$, 150, 'a row as it was')
) AS w (asked, most, description);
SELECT is(
    pg_temp.leaves_read(
        $$ SELECT * FROM audit.audit_logs AS l WHERE l.row_key = 'old-7' AND l.relation = 'market.assets'
           AND l.created_at <= '2019-03-20' ORDER BY l.created_at DESC, l.id DESC LIMIT 100 $$
    ), ARRAY['partitions.audit_logs_2019_03'], 'the months after the last one seen are not looked into'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "role": "authenticated"}', md5('0')::uuid), TRUE);
SELECT cmp_ok(
    pg_temp.pages_of('SELECT * FROM api.activity AS a ORDER BY a.created_at DESC LIMIT 10'), '<', 100,
    'what I did myself is a few'
);
SELECT set_config('request.jwt.claims', '', TRUE);

SET LOCAL ROLE authenticated;
SELECT throws_ok('of_request', '42501', NULL, 'a user asks api for their own');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('of_request', '42501', NULL, 'an operator does not ask');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('of_request', '42501', NULL, 'nor does support');
SET LOCAL ROLE service_role;
SELECT throws_ok('of_request', '42501', NULL, 'nor a service');
SET LOCAL ROLE anon;
SELECT throws_ok('of_request', '42501', NULL, 'nor anybody off the street');

RESET ROLE;
SELECT finish();
ROLLBACK;
