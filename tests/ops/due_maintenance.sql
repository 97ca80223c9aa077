-- ops.due_maintenance(): what the partitions need on a day, in an order in which nothing is lost, and what holds it up.

BEGIN;
SELECT plan(27);
\ir ../fixtures/core_grants.psql
-- Another's trades that are in no candle yet would be due.
SELECT market.roll_candles();
\ir ../fixtures/ops_old_readings.psql

SELECT is_definer('ops', 'due_maintenance', ARRAY['date']);
SELECT function_owner_is('ops', 'due_maintenance', ARRAY['date'], 'tradebase_kernel');
SELECT volatility_is('ops', 'due_maintenance', ARRAY['date'], 'stable', 'it only says');
SELECT is(
    pg_temp.who_may_execute('ops.due_maintenance(date)'), ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'],
    'for those who watch and operate'
);
PREPARE due AS SELECT n, leaf, statement FROM ops.due_maintenance('2031-01-15');
PREPARE due_in_words AS SELECT n, leaf, why FROM ops.due_maintenance('2031-01-15') WHERE n > 1;
CREATE FUNCTION pg_temp.runway() RETURNS text LANGUAGE sql RETURN 'SELECT * FROM ops.ensure_partitions(DATE ''2031-01-15'')';

SELECT results_eq(
    'due',
    $$ VALUES
        (1, NULL::name, pg_temp.runway()),
        (7, 't_readings_2001_02', 'VACUUM (FREEZE, ANALYZE) partitions.t_readings_2001_02') $$,
    'for ever kept: the runway first, and the one closed leaf with rows in it is frozen'
);
SELECT is_empty(
    $$ SELECT FROM ops.due_maintenance('2001-02-28') AS d WHERE d.n > 1 $$, 'a leaf that is written to is not frozen'
);
UPDATE ops.partition_policies SET retention = '1 year';
SELECT results_eq(
    'due',
    $$ VALUES
        (1, NULL::name, pg_temp.runway()),
        (4, 't_readings_2001_01', 'ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_01 CONCURRENTLY'),
        (4, 't_readings_2001_02', 'ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02 CONCURRENTLY'),
        (4, 't_readings_2001_03', 'ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_03 CONCURRENTLY'),
        (5, 't_readings_2001_01', 'SELECT ops.retire_leaf(''t_readings_2001_01'')'),
        (5, 't_readings_2001_02', 'SELECT ops.retire_leaf(''t_readings_2001_02'')'),
        (5, 't_readings_2001_03', 'SELECT ops.retire_leaf(''t_readings_2001_03'')') $$,
    'older than a year: detached, then put on record, and not frozen before'
);
UPDATE ops.partition_policies SET action = 'drop';
SELECT results_eq(
    $$ SELECT statement FROM ops.due_maintenance('2031-01-15') WHERE leaf = 't_readings_2001_02' $$,
    $$ VALUES
        ('ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02 CONCURRENTLY'),
        ('SELECT ops.retire_leaf(''t_readings_2001_02'')'), ('SELECT ops.drop_leaf(''t_readings_2001_02'')') $$,
    'and dropped where the policy says so'
);
SELECT results_eq(
    $$ SELECT DISTINCT leaf FROM ops.due_maintenance('2002-03-01') WHERE n = 4 ORDER BY leaf $$,
    ARRAY['t_readings_2001_01', 't_readings_2001_02']::name[], 'to the day on which its last instant is a year ago'
);
SELECT results_eq(
    $$ SELECT DISTINCT leaf FROM ops.due_maintenance('2002-02-28') WHERE n = 4 $$, ARRAY['t_readings_2001_01']::name[],
    'and not the day before'
);

-- Detached by hand, or by a run that died: it is not forgotten.
UPDATE ops.partition_policies SET retention = NULL, action = 'export';
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
CREATE TABLE partitions.t_readings_2031_02 (something_else integer);
SELECT results_eq(
    'due_in_words',
    $$ VALUES
        (5, 't_readings_2001_02'::name, 'to the attic, and on record'),
        (6, 't_readings_2001_02', 'tradebase maintain --export-to writes it to a file first') $$,
    'a leaf that somebody has detached is put on record; a table of the name of a coming one is let alone'
);
DROP TABLE partitions.t_readings_2031_02;
UPDATE ops.partition_policies SET action = 'drop';
SELECT results_eq(
    $$ SELECT n, statement, why FROM ops.due_maintenance('2031-01-15') WHERE n = 6 $$,
    $$ VALUES (6, NULL::text, 'its table is kept for ever') $$, 'and not dropped where its table is kept for ever'
);
UPDATE ops.partition_policies SET retention = '99 years';
SELECT results_eq(
    $$ SELECT n, statement, why FROM ops.due_maintenance('2031-01-15') WHERE n = 6 $$,
    $$ VALUES (6, NULL::text, 'it is younger than its table''s retention, 99 years') $$,
    'nor before it is as old as its table''s retention'
);
UPDATE ops.partition_policies SET retention = NULL, action = 'export';
SELECT ops.retire_leaf('t_readings_2001_02');
SELECT results_eq(
    $$ SELECT statement, why FROM ops.due_maintenance('2031-01-15') WHERE n > 1 $$,
    $$ VALUES (NULL::text, 'tradebase maintain --export-to writes it to a file first') $$, 'what is to be exported waits'
);
UPDATE ops.retired_leaves SET exported_to = '/a', exported_at = now();
SELECT results_eq(
    $$ SELECT statement, why FROM ops.due_maintenance('2031-01-15') WHERE n > 1 $$,
    $$ VALUES (NULL::text, 'its table is kept for ever') $$, 'which alone does not have it dropped'
);
UPDATE ops.partition_policies SET retention = '25 years';
SELECT results_eq(
    $$ SELECT statement, why FROM ops.due_maintenance('2031-01-15') WHERE n > 1 AND leaf = 't_readings_2001_02' $$,
    $$ VALUES ('SELECT ops.drop_leaf(''t_readings_2001_02'')', 'it is in a file') $$, 'until it is in a file, and old'
);
UPDATE ops.retired_leaves SET exported_to = NULL, exported_at = NULL;
UPDATE ops.partition_policies SET retention = NULL, action = 'detach';
SELECT is_empty('due_in_words', 'what is to stay in the attic stays');

-- Made anew while it is away: off its table it could not be put on record.
SAVEPOINT away;
UPDATE ops.partition_policies SET retention = '1 year';
SELECT ops.ensure_partitions('market.t_readings', '2001-02-01', '2001-02-28');
SELECT results_eq(
    $$ SELECT n, statement, why FROM ops.due_maintenance('2031-01-15') WHERE leaf = 't_readings_2001_02' AND n < 7 $$,
    $$ VALUES (4, NULL::text, 'a leaf of this name is away already') $$, 'a second leaf of a name stays'
);
ROLLBACK TO away;

-- Fetched back.
UPDATE ops.partition_policies SET retention = '1 year';
SELECT ops.reattach_leaf('t_readings_2001_02');
SELECT is_empty(
    $$ SELECT FROM ops.due_maintenance('2031-01-15') WHERE n < 7 AND leaf = 't_readings_2001_02' $$,
    'a leaf that was fetched back stays'
);
UPDATE ops.retired_leaves SET reattached_at = now() - INTERVAL '31 days';
SELECT isnt_empty(
    $$ SELECT FROM ops.due_maintenance('2031-01-15') WHERE n < 7 AND leaf = 't_readings_2001_02' $$, 'for thirty days'
);

-- What may not go says why, and its table's other leaves wait for nothing.
UPDATE ops.partition_policies SET retention = '1 day';
UPDATE system.system_config SET value = '"400 days"' WHERE key = 'idempotency_retention';
SELECT ops.ensure_partitions('market.t_readings', (now() - INTERVAL '2 months')::date, now()::date);
SELECT results_eq(
    $$ SELECT DISTINCT d.statement IS NULL, left(d.why, 40) FROM ops.due_maintenance((now() + INTERVAL '1 day')::date) AS d
       WHERE d.n = 4 AND d.leaf <= 't_readings_' || to_char(now() - INTERVAL '2 months', 'YYYY_MM') ORDER BY 1 $$,
    $$ VALUES (FALSE, 'older than its table''s retention'), (TRUE, 'the leaf is younger than idempotency_ret') $$,
    'a leaf younger than idempotency_retention stays whatever its table''s retention is, and the older ones go'
);

-- The ledger.
INSERT INTO ops.partition_policies (parent, period, retention) VALUES ('portfolio.ledger_entries', 'month', '2 years');
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2001-01-01', '2001-02-28');
INSERT INTO portfolio.ledger_entries (created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
SELECT '2001-02-05 12:00:00+00', v.id, 'opening', v.id, v.id, -1, v.delta, 0
FROM (VALUES
    ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'::uuid, 1), ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', -1)
) AS v (id, delta);
SELECT results_eq(
    $$ SELECT n, leaf, coalesce(statement, why) FROM ops.due_maintenance('2004-01-15')
       WHERE parent = 'portfolio.ledger_entries'::regclass AND n < 7 $$,
    $$ VALUES
        (2, 'ledger_entries_2001_02'::name, 'SELECT portfolio.checkpoint_ledger(''2001-03-01 00:00:00+00'')'),
        (
            4, 'ledger_entries_2001_01',
            'ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2001_01 CONCURRENTLY'
        ),
        (4, 'ledger_entries_2001_02', 'entries are in no checkpoint yet: call portfolio.checkpoint_ledger()'),
        (5, 'ledger_entries_2001_01', 'SELECT ops.retire_leaf(''ledger_entries_2001_01'')') $$,
    'the ledger is added up before a leaf with entries goes'
);

-- By hand, before it was added up: a checkpoint would not find its entries.
SAVEPOINT ledger;
ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2001_02;
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2001-03-01', '2001-03-31');
INSERT INTO portfolio.ledger_entries (created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
SELECT e.created_at + INTERVAL '1 month', e.journal_id, e.reason, e.ref_id, e.user_id, e.asset_id, e.d_available, e.d_held
FROM partitions.ledger_entries_2001_02 AS e;
PREPARE of_ledger AS
SELECT DISTINCT n, leaf, why FROM ops.due_maintenance('2004-01-15')
WHERE parent = 'portfolio.ledger_entries'::regclass AND n < 7 AND statement IS NULL OR n = 2;
SELECT results_eq(
    'of_ledger',
    $$ VALUES (4, 'ledger_entries_2001_03'::name, 'a leaf that is in no checkpoint is off its table: attach it again') $$,
    'no checkpoint is due while a leaf that is in none is off its table'
);
ROLLBACK TO ledger;

SELECT throws_ok('SELECT FROM ops.due_maintenance(NULL)', 'TR010', NULL, 'NULL is no day');
SELECT throws_ok($$ SELECT FROM ops.due_maintenance('infinity') $$, 'TR010', NULL, 'infinity is no day');
SET LOCAL ROLE tradebase_worker;
SELECT isnt_empty('due', 'a worker may ask');
SET LOCAL ROLE authenticated;
SELECT throws_ok('due', '42501', NULL, 'a client may not');

RESET ROLE;
SELECT finish();
ROLLBACK;
