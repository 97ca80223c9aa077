-- ops.retire_leaf(): a leaf that was taken off its table goes to the attic, counted and on record.

BEGIN;
SELECT plan(20);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_old_readings.psql

SELECT is_definer('ops', 'retire_leaf', ARRAY['name'], 'it runs as the owner of the leaf');
SELECT is(
    (SELECT p.proowner FROM pg_proc AS p WHERE p.oid = 'ops.retire_leaf(name)'::regprocedure),
    (SELECT n.nspowner FROM pg_namespace AS n WHERE n.nspname = 'ops'), 'who is the owner of ops'
);
SELECT is(pg_temp.who_may_execute('ops.retire_leaf(name)'), ARRAY['tradebase_worker'], 'for the worker');

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    $$ SELECT ops.retire_leaf('t_readings_2001_02') $$, 'TR010', 'the leaf is still attached', 'an attached leaf stays'
);
SELECT throws_ok(format('SELECT ops.retire_leaf(%L)', w.leaf), 'TR010', NULL, w.description)
FROM (VALUES
    ('t_readings_2001_04', 'a leaf that is not there'), ('orders_open', 'the open book'), ('markets', 'another table'),
    ('t_readings_2001_13', 'what is no leaf''s name'), (NULL, 'nothing')
) AS w (leaf, description);
RESET ROLE;

ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
CREATE TABLE market.t_readings_2001_04 (id integer);
CREATE TABLE partitions.t_stray (id integer);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ SELECT ops.retire_leaf('t_readings_2001_04') $$, 'TR010', NULL, 'a table of that name elsewhere');
SELECT throws_ok($$ SELECT ops.retire_leaf('t_stray') $$, 'TR010', NULL, 'and what is no leaf stay where they are');
SELECT is(ops.retire_leaf('t_readings_2001_02'), 3::bigint, 'a detached leaf goes, with three rows');
RESET ROLE;
SELECT results_eq(
    $$ SELECT r.parent::text, r.leaf, r.from_at, r.to_at, r.rows, r.checksum, r.retired_at > now(), r.exported_at, r.dropped_at
       FROM ops.retired_leaves AS r $$,
    $$ SELECT
           'market.t_readings', 't_readings_2001_02', TIMESTAMPTZ '2001-02-01 00:00:00+00',
           TIMESTAMPTZ '2001-03-01 00:00:00+00', d.rows, d.checksum, TRUE, NULL::timestamptz, NULL::timestamptz
       FROM ops.row_digest('attic.t_readings_2001_02', '{id,read_at,amount}') AS d $$,
    'it is on record: whose, from when to when, how many rows and which'
);
SELECT is(
    (SELECT l.database_role || ' ' || (l.after ->> 'rows') FROM audit.audit_logs AS l WHERE l.relation = 'ops.retired_leaves'),
    'tradebase_worker 3', 'and in the audit log, with who did it'
);
SELECT is(to_regclass('partitions.t_readings_2001_02'), NULL, 'it is no more where leaves are');
SELECT results_eq(
    $$ SELECT relrowsecurity, relforcerowsecurity, relacl FROM pg_class WHERE oid = 'attic.t_readings_2001_02'::regclass $$,
    $$ VALUES (TRUE, TRUE, NULL::aclitem[]) $$, 'in the attic it is as closed as it was'
);
SELECT is((SELECT count(*) FROM attic.t_readings_2001_02), 3::bigint, 'its owner sees its rows');
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('SELECT FROM attic.t_readings_2001_02', '42501', NULL, 'the kernel does not');
SELECT throws_ok($$ SELECT ops.retire_leaf('t_readings_2001_02') $$, '42501', NULL, 'nor does it retire a leaf');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ SELECT ops.retire_leaf('t_readings_2001_02') $$, 'TR010', NULL, 'what has gone does not go again');

RESET ROLE;
SELECT finish();
ROLLBACK;
