-- ops.partition_health(): says of each table how far its leaves reach and what is wrong with them, before it hurts.

BEGIN;
SELECT plan(30);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT volatility_is('ops', 'partition_health', ARRAY['date'], 'stable', 'it only looks');
SELECT isnt_definer('ops', 'partition_health', ARRAY['date'], 'who asks may read the policies already');
SELECT is(
    pg_temp.who_may_execute('ops.partition_health(date)'),
    ARRAY['tradebase_kernel', 'tradebase_monitor', 'tradebase_operator', 'tradebase_worker'],
    'it is for those who watch and operate'
);
SELECT set_eq(
    $$ SELECT parent FROM ops.partition_health('2031-01-15') $$, 'SELECT parent FROM ops.partition_policies',
    'every table that has a policy is spoken of'
);

\ir ../fixtures/ops_readings.psql
PREPARE january AS SELECT parent::text, leaves, runway, problems FROM ops.partition_health('2031-01-15');
PREPARE last_of_january AS SELECT runway, problems FROM ops.partition_health('2031-01-31');
PREPARE first_of_february AS SELECT runway, problems FROM ops.partition_health('2031-02-01');
PREPARE april AS SELECT runway, problems FROM ops.partition_health('2031-04-30');
PREPARE may AS SELECT runway, problems FROM ops.partition_health('2031-05-01');

SELECT results_eq(
    'january',
    $$ VALUES ('market.t_readings', 0::bigint, -1, ARRAY['market.t_readings: no leaf holds 2031-01-15']) $$,
    'a table without a leaf takes nothing today'
);

SELECT ops.ensure_partitions('market.t_readings', '2031-01-01', '2031-04-01');
SELECT results_eq(
    'january', $$ VALUES ('market.t_readings', 4::bigint, 3, '{}'::text[]) $$,
    'with three months behind this one it is healthy'
);
-- Where the question is asked must not matter.
SET LOCAL timezone = 'Pacific/Auckland';
SELECT results_eq('last_of_january', $$ VALUES (3, '{}'::text[]) $$, 'the last day of a month belongs to it, in UTC');
SET LOCAL timezone = 'America/New_York';
SELECT results_eq(
    'first_of_february', $$ VALUES (2, ARRAY['market.t_readings: 2 of 3 leaves ready after 2031-02-01']) $$,
    'a day later one month is gone and it says so'
);
SET LOCAL datestyle = 'ISO';
SELECT results_eq(
    'april', $$ VALUES (0, ARRAY['market.t_readings: 0 of 3 leaves ready after 2031-04-30']) $$,
    'the last leaf is still a leaf'
);
SELECT results_eq(
    'may', $$ VALUES (-1, ARRAY['market.t_readings: no leaf holds 2031-05-01']) $$, 'behind it there is none'
);

UPDATE ops.partition_policies SET premake = 5;
SELECT results_eq(
    'january',
    $$ VALUES ('market.t_readings', 4::bigint, 3, ARRAY['market.t_readings: 3 of 5 leaves ready after 2031-01-15']) $$,
    'how many are enough is the policy''s to say'
);
UPDATE ops.partition_policies SET premake = 3;
SAVEPOINT healthy;

ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2031_03;
SELECT results_eq(
    'january',
    $$ VALUES ('market.t_readings', 3::bigint, 1, ARRAY[
        'market.t_readings: 1 of 3 leaves ready after 2031-01-15',
        'partitions.t_readings_2031_03: it is off its table, and not on record'
    ]) $$,
    'a gap ends the runway: what is behind it does not count'
);
ROLLBACK TO healthy;

-- Off its table, until it is where its policy wants it.
SELECT ops.ensure_partitions('market.t_readings', '2001-01-01', '2001-02-28');
UPDATE ops.partition_policies SET action = 'export';
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_01;
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
SELECT ops.retire_leaf('t_readings_2001_02');
PREPARE problems AS SELECT unnest(problems) FROM ops.partition_health('2031-01-15');
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    'problems',
    ARRAY[
        'attic.t_readings_2001_02: tradebase maintain --export-to has not written it to a file',
        'partitions.t_readings_2001_01: it is off its table, and not on record'
    ],
    'what nobody has put on record, or in a file, is told whoever keeps no record'
);
RESET ROLE;
SELECT ops.retire_leaf('t_readings_2001_01');
UPDATE ops.partition_policies SET action = 'detach';
SELECT is_empty('problems', 'and in the attic, where it belongs, a leaf is no problem');
ROLLBACK TO healthy;

-- Half a leaf is no leaf for its period.
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2031_02;
CREATE TABLE partitions.t_readings_half PARTITION OF market.t_readings
FOR VALUES FROM ('2031-02-01 00:00:00+00') TO ('2031-02-15 00:00:00+00');
SELECT is((SELECT runway FROM ops.partition_health('2031-01-15')), 0, 'half a leaf does not hold its month');
ROLLBACK TO healthy;

-- Made when its table had another period.
UPDATE ops.partition_policies SET period = 'year';
SELECT ok(
    (
        SELECT 'partitions.t_readings_2031_02: its name says no year of its table, so that it never retires' = ANY (problems)
        FROM ops.partition_health('2031-01-15')
    ),
    'a leaf of another period is told: by its name it does not retire'
);
ROLLBACK TO healthy;

-- What is wrong with a leaf comes through, whichever leaf it is.
ALTER TABLE partitions.t_readings_2031_02 DISABLE TRIGGER t_readings_watch;
GRANT SELECT ON partitions.t_readings_2031_04 TO anon;
SELECT results_eq(
    'january',
    $$ VALUES ('market.t_readings', 4::bigint, 3, ARRAY[
        'partitions.t_readings_2031_02: trigger t_readings_watch is missing, disabled or another than its parent''s',
        'partitions.t_readings_2031_04: anon holds a grant'
    ]) $$,
    'what is wrong with any leaf is told, and the runway is as long as it is'
);
SELECT results_eq(
    'may',
    $$ VALUES (-1, ARRAY[
        'partitions.t_readings_2031_02: trigger t_readings_watch is missing, disabled or another than its parent''s',
        'partitions.t_readings_2031_04: anon holds a grant',
        'market.t_readings: no leaf holds 2031-05-01'
    ]) $$,
    'all of it together where there is more than one trouble'
);
ROLLBACK TO healthy;

CREATE TABLE partitions.t_readings_rest (LIKE market.t_readings INCLUDING GENERATED INCLUDING CONSTRAINTS);
ALTER TABLE partitions.t_readings_rest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
ALTER TABLE market.t_readings ATTACH PARTITION partitions.t_readings_rest DEFAULT;
SELECT ok(
    (
        SELECT 'partitions.t_readings_rest: is a DEFAULT partition' = ANY (problems)
        FROM ops.partition_health('2031-01-15')
    ),
    'a DEFAULT partition, which would hide that leaves are missing, is one of the troubles'
);
SELECT is((SELECT runway FROM ops.partition_health('2031-05-01')), -1, 'and holds no month');
ROLLBACK TO healthy;

-- A second table, of weeks.
CREATE TABLE market.t_weeks (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
INSERT INTO ops.partition_policies (parent, period) VALUES ('market.t_weeks', 'week');
SELECT ops.ensure_partitions('market.t_weeks', '2031-01-01', '2031-01-31');
PREPARE whole AS SELECT parent::text, leaves, runway, problems FROM ops.partition_health('2031-01-05');

SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    'whole',
    $$ VALUES ('market.t_readings', 4::bigint, 3, '{}'::text[]), ('market.t_weeks', 5::bigint, 4, '{}'::text[]) $$,
    'a monitor sees every table, each counted in its own period; the fifth of January is in the first week'
);
RESET ROLE;

-- How long it lasts, and how the last run of what maintains it ended.
PREPARE months(date) AS SELECT parent::text, months FROM ops.partition_health($1);
SELECT results_eq(
    $$ EXECUTE months('2031-01-15') $$, $$ VALUES ('market.t_readings', 3), ('market.t_weeks', 0) $$,
    'three and a half months are three, two and a half weeks are none'
);
SELECT results_eq(
    $$ EXECUTE months('2031-05-01') $$, $$ VALUES ('market.t_readings', 0), ('market.t_weeks', 0) $$,
    'after the last leaf there is no month left'
);
INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail) VALUES
(
    'ops.due_maintenance', '2101-01-01 00:05:00+00', '2101-01-01 00:06:00+00', 'failed',
    '{"parents": [{"parent": "market.t_weeks", "problem": "t_weeks_2030_w01: canceling statement due to lock timeout"}]}'
);
SELECT results_eq(
    $$ SELECT problems FROM ops.partition_health('2031-01-05') $$,
    $$ VALUES
        ('{}'::text[]),
        (ARRAY[
            'market.t_weeks: ops.due_maintenance failed on 2101-01-01: '
            't_weeks_2030_w01: canceling statement due to lock timeout'
        ]) $$,
    'a run that failed is a problem of its table, and of no other'
);
INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail) VALUES
('ops.due_maintenance', '2101-01-02 00:05:00+00', '2101-01-02 00:06:00+00', 'succeeded', '{"parents": []}');
SELECT results_eq(
    $$ SELECT problems FROM ops.partition_health('2031-01-05') $$, $$ VALUES ('{}'::text[]), ('{}') $$,
    'until one succeeds'
);

SELECT throws_ok('SELECT FROM ops.partition_health(NULL)', 'TR010', NULL, 'NULL is no day');
SELECT throws_ok($$ SELECT FROM ops.partition_health('infinity') $$, 'TR010', NULL, 'infinity is no day');
SELECT is(
    pg_temp.detail_of('SELECT FROM ops.partition_health(NULL)'), '{"argument": "on_date"}', 'the refusal names on_date'
);

SET LOCAL ROLE authenticated;
SELECT throws_ok(
    $$ SELECT FROM ops.partition_health('2031-01-15') $$, '42501', 'permission denied for schema ops',
    'a client is not told'
);
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok(
    $$ SELECT FROM ops.partition_health('2031-01-15') $$, '42501', 'permission denied for function partition_health',
    'nor is an auditor'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
