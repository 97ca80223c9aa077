-- ops.ensure_partitions(): makes the missing leaves, each like its parent and closed, on time and without a hard lock.

BEGIN;
SELECT plan(62);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
-- Where a leaf begins must not depend on where its maker sits.
SET LOCAL timezone = 'America/New_York';
SET LOCAL datestyle = 'SQL, DMY';

SELECT is_definer(
    'ops', 'ensure_partitions', f.args::name[], 'it runs as the owner: only a table''s owner attaches to it'
)
FROM (VALUES (ARRAY['regclass', 'date', 'date']), (ARRAY['date'])) AS f (args);
SELECT is(
    ARRAY(
        SELECT p.proowner = n.nspowner
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = 'ops' AND p.proname = 'ensure_partitions' AND p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp']
    ),
    ARRAY[TRUE, TRUE], 'both belong to the owner of ops and find no name by a search path'
);
SELECT ok(
    (
        SELECT p.proconfig @> ARRAY['lock_timeout=5s'] FROM pg_proc AS p
        WHERE p.oid = 'ops.ensure_partitions(regclass, date, date)'::regprocedure
    ),
    'behind a hanging schema change it waits for five seconds and no more'
);
SELECT is(
    pg_temp.who_may_execute(f.signature), ARRAY['tradebase_worker'], 'only a worker makes leaves: ' || f.signature
)
FROM (
    VALUES ('ops.ensure_partitions(regclass, date, date)'::regprocedure), ('ops.ensure_partitions(date)'::regprocedure)
) AS f (signature);

-- The tables of the release, in a month that no runway has reached, before anything else has touched them here.
SELECT ops.ensure_partitions(p.parent, '2097-03-01', '2097-03-31') FROM ops.partition_policies AS p;
SELECT is_empty(
    $$ SELECT l.relation::regclass, l.mode FROM pg_locks AS l
       JOIN ops.partition_policies AS p ON p.parent = l.relation
       WHERE l.pid = pg_backend_pid() AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock') $$,
    'making a leaf locks its parent against neither readers nor writers'
);
SELECT isnt_empty(
    $$ SELECT FROM pg_locks AS l JOIN ops.partition_policies AS p ON p.parent = l.relation
       WHERE l.pid = pg_backend_pid() AND l.mode = 'ShareUpdateExclusiveLock' $$,
    'but against another that would change it'
);
SELECT is_empty(
    $$ SELECT l.relation::regclass, l.mode FROM pg_locks AS l
       JOIN pg_inherits AS i ON i.inhrelid = l.relation
       JOIN ops.partition_policies AS p ON p.parent = i.inhparent
       WHERE
           l.pid = pg_backend_pid() AND l.mode <> 'AccessShareLock' AND l.relation::regclass::text !~ '2097_(03|w09|w1[0-3])$' $$,
    'and no leaf that was there is locked at all'
);

-- The ledger's leaf, and its owner who means to rewrite it. (Values are known to no user and no asset.)
INSERT INTO portfolio.ledger_entries (created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
SELECT
    '2097-03-05 12:00:00+00', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'opening', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f', -1, e.delta, 0
FROM (VALUES (1), (-1)) AS e (delta);

PREPARE journal AS
SELECT tableoid::regclass::text, d_available::text FROM portfolio.ledger_entries
WHERE journal_id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' ORDER BY d_available;
PREPARE journal_in_leaf AS
SELECT d_available FROM partitions.ledger_entries_2097_03 WHERE journal_id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
PREPARE erase_in_leaf AS
DELETE FROM partitions.ledger_entries_2097_03 WHERE journal_id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
PREPARE rewrite_in_leaf AS
UPDATE partitions.ledger_entries_2097_03 SET d_available = 2
WHERE journal_id = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' AND d_available = 1;
PREPARE mint_in_leaf AS
INSERT INTO partitions.ledger_entries_2097_03 (
    id, created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held
)
OVERRIDING SYSTEM VALUE -- from PostgreSQL 17 on a leaf has its parent's identity
VALUES (
    -1, '2097-03-05 12:00:00+00', '00000000-0000-7000-8000-00000000abcd', 'opening',
    '00000000-0000-7000-8000-00000000abcd', '00000000-0000-7000-8000-00000000abcd', -1, 1000, 0
);

SELECT throws_ok(
    'TRUNCATE partitions.ledger_entries_2097_03', 'TR902', 'portfolio.ledger_entries is append-only',
    'the owner cannot truncate a leaf of the ledger'
);
\if :owner_is_past_rls
SELECT isnt_empty('journal_in_leaf', 'past row level security the owner sees the entries in the leaf itself');
SELECT throws_ok('mint_in_leaf', 'TR901', NULL, 'and writes none there without its other side');
\else
SELECT is_empty('journal_in_leaf', 'nor see an entry in the leaf itself');
SELECT throws_ok('mint_in_leaf', '42501', NULL, 'nor write one there');
-- They find nothing.
EXECUTE erase_in_leaf;
EXECUTE rewrite_in_leaf;
\endif
SELECT results_eq(
    'journal',
    $$ VALUES ('partitions.ledger_entries_2097_03', '-1'), ('partitions.ledger_entries_2097_03', '1') $$,
    'and through the parent all is still there'
);
ALTER TABLE partitions.ledger_entries_2097_03 NO FORCE ROW LEVEL SECURITY;
SELECT throws_ok('erase_in_leaf', 'TR902', NULL, 'an owner who lifts row level security still deletes nothing');
SELECT throws_ok('rewrite_in_leaf', 'TR902', NULL, 'and rewrites nothing');
SELECT throws_ok('mint_in_leaf', 'TR901', NULL, 'and writes no entry without its other side');
ALTER TABLE partitions.ledger_entries_2097_03 FORCE ROW LEVEL SECURITY;

-- From here on a table of our own.
\ir ../fixtures/ops_readings.psql
PREPARE bounds AS
SELECT leaf::text, from_at, to_at FROM ops.partition_bounds('market.t_readings') ORDER BY from_at;
PREPARE leaves AS SELECT leaf::text FROM ops.partition_bounds('market.t_readings') ORDER BY from_at;

SELECT is(
    ops.ensure_partitions('market.t_readings', '2031-01-31', '2031-03-01'), 3,
    'from the last day of January to the first of March are three months'
);
SELECT results_eq(
    'bounds',
    $$ VALUES
        ('partitions.t_readings_2031_01', TIMESTAMPTZ '2031-01-01 00:00:00+00', TIMESTAMPTZ '2031-02-01 00:00:00+00'),
        ('partitions.t_readings_2031_02', '2031-02-01 00:00:00+00', '2031-03-01 00:00:00+00'),
        ('partitions.t_readings_2031_03', '2031-03-01 00:00:00+00', '2031-04-01 00:00:00+00') $$,
    'each is named by its month and goes from midnight to midnight UTC'
);
SELECT is(
    ops.ensure_partitions('market.t_readings', '2031-01-31', '2031-03-01'), 0, 'made twice they are made once'
);
SELECT is(
    ops.ensure_partitions('market.t_readings', '2031-02-15', '2031-05-15'), 2, 'what is missing alone is made'
);

-- A leaf is like its parent, and closed.
SELECT is_empty(
    $$ SELECT unnest(ops.leaf_problems(leaf)) FROM ops.partition_bounds('market.t_readings') $$,
    'nothing sets a leaf apart from its parent'
);
SELECT results_eq(
    $$ SELECT
           c.relowner::regrole::text, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
           pg_temp.grants_on(c.oid)
       FROM pg_class AS c WHERE c.oid = 'partitions.t_readings_2031_02'::regclass $$,
    $$ VALUES (current_user::regrole::text, TRUE, TRUE, 'f'::"char", '{}'::text[]) $$,
    'a leaf is the owner''s, under forced row level security, with its parent''s replica identity and no grant'
);
SELECT results_eq(
    $$ SELECT t.tgname, t.tgenabled, t.tgparentid <> 0, t.tgnewtable
       FROM pg_trigger AS t WHERE t.tgrelid = 'partitions.t_readings_2031_02'::regclass ORDER BY t.tgname $$,
    $$ VALUES
        ('t_readings_keep'::name, 'A'::"char", TRUE, NULL::name),
        ('t_readings_no_truncate', 'A', FALSE, NULL),
        ('t_readings_watch', 'O', FALSE, 'new_rows') $$,
    'its row trigger is a clone and its statement triggers are twins, as wakeful as the parent''s'
);
SELECT results_eq(
    $$ SELECT count(*) FROM pg_index AS i JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
       WHERE i.indrelid = 'partitions.t_readings_2031_02'::regclass AND i.indisvalid $$,
    ARRAY[2::bigint], 'its indexes are parts of its parent''s'
);

PREPARE put AS
INSERT INTO market.t_readings (read_at, amount)
VALUES ('2031-01-31 23:59:59.999999+00', 100), ('2031-02-01 00:00:00+00', 101), ('2031-02-01 00:00:00+00', DEFAULT)
RETURNING tableoid::regclass::text, amount::text, is_big;
PREPARE put_too_much AS INSERT INTO market.t_readings (read_at, amount) VALUES ('2031-02-01 00:00:00+00', 1000);
PREPARE put_thirteen AS INSERT INTO market.t_readings (read_at, amount) VALUES ('2031-02-01 00:00:00+00', 13);
PREPARE put_too_early AS INSERT INTO market.t_readings (read_at) VALUES ('2030-12-31 23:59:59+00');
PREPARE put_too_late AS INSERT INTO market.t_readings (read_at) VALUES ('2031-06-01 00:00:00+00');
PREPARE erase AS DELETE FROM market.t_readings WHERE read_at = '2031-02-01 00:00:00+00';

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'put',
    $$ VALUES
        ('partitions.t_readings_2031_01', '100', FALSE),
        ('partitions.t_readings_2031_02', '101', TRUE),
        ('partitions.t_readings_2031_02', '0', FALSE) $$,
    'the kernel writes through the parent: to the microsecond into the right leaf, with defaults and generated columns'
);
SELECT throws_ok('put_too_much', '23514', NULL, 'a leaf keeps its parent''s CHECK');
SELECT throws_ok('put_thirteen', 'TR901', NULL, 'and its statement trigger');
SELECT throws_ok('erase', 'TR902', NULL, 'and its row trigger');
SELECT throws_ok('put_too_early', '23514', NULL, 'nothing is written before the first leaf');
SELECT throws_ok('put_too_late', '23514', NULL, 'nor behind the runway');
SELECT throws_ok(
    'SELECT id FROM partitions.t_readings_2031_02', '42501', 'permission denied for table t_readings_2031_02',
    'the kernel reaches no leaf by its name'
);
RESET ROLE;
SELECT throws_ok('TRUNCATE partitions.t_readings_2031_02', 'TR902', NULL, 'a leaf addressed by name is guarded too');
SELECT throws_ok('TRUNCATE market.t_readings', 'TR902', NULL, 'as is its parent');

-- Every period, across a change of year and of clocks, under a name that wants quoting.
CREATE TABLE market.t_days (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market."t Weeks" (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market.t_years (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TRIGGER "t Weeks watch" AFTER TRUNCATE ON market."t Weeks"
FOR EACH STATEMENT EXECUTE FUNCTION market.t_readings_refuse();
INSERT INTO ops.partition_policies (parent, period) VALUES
('market.t_days', 'day'), ('market."t Weeks"', 'week'), ('market.t_years', 'year');

SELECT is(ops.ensure_partitions('market.t_days', '2031-03-08', '2031-03-10'), 3, 'three days are three leaves');
SELECT is(ops.ensure_partitions('market."t Weeks"', '2031-01-01', '2031-01-06'), 2, 'the sixth is in the second week');
SELECT is(ops.ensure_partitions('market.t_years', '2031-12-31', '2032-01-01'), 2, 'New Year is in the second year');
SELECT results_eq(
    $$ SELECT b.leaf::text, b.from_at, b.to_at
       FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b
       WHERE p.period <> 'month' ORDER BY b.from_at, b.to_at $$,
    $$ VALUES
        ('partitions."t Weeks_2031_w01"', TIMESTAMPTZ '2030-12-30 00:00:00+00', TIMESTAMPTZ '2031-01-06 00:00:00+00'),
        ('partitions.t_years_2031', '2031-01-01 00:00:00+00', '2032-01-01 00:00:00+00'),
        ('partitions."t Weeks_2031_w02"', '2031-01-06 00:00:00+00', '2031-01-13 00:00:00+00'),
        ('partitions.t_days_2031_03_08', '2031-03-08 00:00:00+00', '2031-03-09 00:00:00+00'),
        ('partitions.t_days_2031_03_09', '2031-03-09 00:00:00+00', '2031-03-10 00:00:00+00'),
        ('partitions.t_days_2031_03_10', '2031-03-10 00:00:00+00', '2031-03-11 00:00:00+00'),
        ('partitions.t_years_2032', '2032-01-01 00:00:00+00', '2033-01-01 00:00:00+00') $$,
    'days, weeks from Monday and years are whole ones in UTC, also where New York changes its clocks'
);
SELECT throws_ok(
    'TRUNCATE partitions."t Weeks_2031_w01"', 'TR902', NULL, 'a trigger with a name that wants quoting has its twin'
);

-- What it refuses, and the argument that it names.
SELECT throws_ok(wrong.call, 'TR010', NULL, wrong.description)
FROM (VALUES
    ($$ SELECT ops.ensure_partitions(NULL, '2031-01-01', '2031-02-01') $$, 'NULL is no parent'),
    ($$ SELECT ops.ensure_partitions('market.t_readings', NULL, '2031-02-01') $$, 'NULL is no first date'),
    ($$ SELECT ops.ensure_partitions('market.t_readings', '2031-01-01', NULL) $$, 'NULL is no last date'),
    ($$ SELECT ops.ensure_partitions('market.t_readings', '2031-02-01', '2031-01-31') $$, 'dates run forwards'),
    ($$ SELECT ops.ensure_partitions('market.t_readings', '2031-01-01', '2064-05-01') $$, '401 leaves are too many'),
    (
        $$ SELECT ops.ensure_partitions('market.t_readings', '2031-01-01', '20310-01-01') $$,
        'so are those that a digit too many in a year asks for'
    ),
    ($$ SELECT ops.ensure_partitions('market.t_readings', '1899-12-31', '1900-01-31') $$, 'leaves begin in 1900'),
    (
        $$ SELECT ops.ensure_partitions('market.t_readings', '-infinity', '2031-01-01') $$,
        'the beginning of time is no date for a leaf'
    ),
    ($$ SELECT ops.ensure_partitions('market.t_readings', 'infinity', 'infinity') $$, 'nor is its end'),
    ($$ SELECT ops.ensure_partitions('market.markets', '2031-01-01', '2031-02-01') $$, 'a table not listed is refused'),
    (
        $$ SELECT ops.ensure_partitions('partitions.t_readings_2031_01', '2031-01-01', '2031-02-01') $$,
        'a leaf is no parent'
    ),
    ($$ SELECT ops.ensure_partitions(NULL) $$, 'NULL is no day'),
    ($$ SELECT ops.ensure_partitions('infinity'::date) $$, 'the runway has an end')
) AS wrong (call, description);
SELECT is(
    ARRAY[
        pg_temp.detail_of('SELECT ops.ensure_partitions(NULL, NULL, NULL)') ->> 'argument',
        pg_temp.detail_of('SELECT ops.ensure_partitions(2200, NULL, NULL)') ->> 'argument',
        pg_temp.detail_of($$ SELECT ops.ensure_partitions(2200, '2031-01-01', NULL) $$) ->> 'argument',
        pg_temp.detail_of($$ SELECT ops.ensure_partitions(2200, '2031-01-01', '2031-01-01') $$) ->> 'argument',
        pg_temp.detail_of($$ SELECT ops.ensure_partitions('market.t_days', '2031-01-02', '2031-01-01') $$)
        ->> 'argument',
        pg_temp.detail_of('SELECT ops.ensure_partitions(NULL)') ->> 'argument'
    ],
    ARRAY['parent', 'from_date', 'to_date', 'parent', 'to_date', 'upto'],
    'each refusal names the argument'
);

-- The runway of all, which a worker makes every day.
DELETE FROM ops.partition_policies WHERE period <> 'month';
CREATE TABLE market.t_blocked (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE partitions.t_blocked_2031_09 (something_else integer);
INSERT INTO ops.partition_policies (parent, period) VALUES ('market.t_blocked', 'month');
PREPARE last_run AS
SELECT r.status, r.detail ->> 'upto', p.value ->> 'parent', (p.value ->> 'made')::integer, p.value ->> 'problem'
FROM ops.job_runs AS r, jsonb_array_elements(r.detail -> 'parents') AS p
WHERE r.id = (SELECT max(id) FROM ops.job_runs WHERE job = 'ops.ensure_partitions')
ORDER BY p.value ->> 'parent';

SET LOCAL client_min_messages = error;
PREPARE run AS SELECT parent::text, made, problem FROM ops.ensure_partitions(DATE '2031-08-15');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    'run',
    $$ VALUES
        ('market.t_blocked', 0, '2031-08-15 to 2031-11-15: 42P07 relation "t_blocked_2031_09" already exists'),
        ('market.t_readings', 6, NULL) $$,
    'one table''s trouble is told and stops no other; months in which nobody called are made up for'
);
SELECT results_eq(
    'last_run',
    $$ VALUES
        (
            'failed', '2031-08-15', 'market.t_blocked', 0,
            '2031-08-15 to 2031-11-15: 42P07 relation "t_blocked_2031_09" already exists'
        ),
        ('failed', '2031-08-15', 'market.t_readings', 6, NULL) $$,
    'and is on record in ops.job_runs, where the run has failed'
);
RESET ROLE;
SELECT results_eq(
    'leaves',
    $$ SELECT 'partitions.t_readings_2031_' || lpad(n::text, 2, '0') FROM generate_series(1, 11) AS n ORDER BY n $$,
    'three months are ready behind August, none is missing before it'
);
SELECT is_empty(
    $$ SELECT leaf FROM ops.partition_bounds('market.t_blocked') $$,
    'the table in trouble has no leaf, not even the one before the trouble'
);

DROP TABLE partitions.t_blocked_2031_09;
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    'run', $$ VALUES ('market.t_blocked', 4, NULL::text), ('market.t_readings', 0, NULL) $$,
    'once the trouble is over the next run makes what is missing: a day''s own month and three more'
);
SELECT results_eq(
    'last_run',
    $$ VALUES
        ('succeeded', '2031-08-15', 'market.t_blocked', 4, NULL::text),
        ('succeeded', '2031-08-15', 'market.t_readings', 0, NULL) $$,
    'and that run has succeeded'
);
SELECT results_eq(
    $$ SELECT parent::text, made, left(problem, 31) FROM ops.ensure_partitions(DATE '2071-08-15') $$,
    $$ VALUES
        ('market.t_blocked', 4, '2031-12-01 to 2071-08-15: TR010'),
        ('market.t_readings', 4, '2031-12-01 to 2071-08-15: TR010') $$,
    'after forty years of silence what is written to next comes first; the hole before it is told'
);

-- Nobody else.
PREPARE others_run AS SELECT ops.ensure_partitions(DATE '2031-08-15');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    'others_run', '42501', 'permission denied for function ensure_partitions', 'an operator makes no leaf'
);
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('others_run', '42501', 'permission denied for function ensure_partitions', 'nor does the kernel');
SET LOCAL ROLE service_role;
SELECT throws_ok('others_run', '42501', NULL, 'nor does a service');

RESET ROLE;
SELECT finish();
ROLLBACK;
