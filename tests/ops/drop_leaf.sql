-- ops.drop_leaf(): a retired leaf is dropped where its policy says so, and no sooner than it is safe in a file.

BEGIN;
SELECT plan(19);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_old_readings.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('ops', 'drop_leaf', ARRAY['name'], 'it runs as the owner of the leaf');
SELECT is(pg_temp.who_may_execute('ops.drop_leaf(name)'), ARRAY['tradebase_worker'], 'for the worker');
PREPARE drop_it AS SELECT ops.drop_leaf('t_readings_2001_02');

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', 'no leaf of this name in the attic', 'an attached leaf is none of the attic''s');
RESET ROLE;
UPDATE ops.partition_policies SET action = 'drop', retention = '2 years';
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', 'no leaf of this name in the attic', 'nor is one that is not on record');
SELECT is(ops.retire_leaf('t_readings_2001_02'), 3::bigint, 'once it is');
RESET ROLE;

UPDATE ops.partition_policies SET action = 'detach';
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', NULL, 'policy detach keeps it in the attic');
RESET ROLE;
UPDATE ops.retired_leaves SET exported_to = '/somewhere', exported_at = '2031-01-01 00:00:00+00';
SELECT throws_ok('drop_it', 'TR010', NULL, 'also when it was exported');
UPDATE ops.retired_leaves SET exported_to = NULL, exported_at = NULL;
UPDATE ops.partition_policies SET action = 'export';
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', NULL, 'policy export keeps it until it is in a file');
RESET ROLE;
SELECT is(
    pg_temp.detail_of('EXECUTE drop_it'),
    '{"argument": "leaf", "leaf": "t_readings_2001_02", "reason": "tradebase maintain --export-to writes it to a file first"}',
    'and says so'
);
SAVEPOINT in_the_attic;

UPDATE ops.retired_leaves SET exported_to = '/somewhere', exported_at = '2031-01-01 00:00:00+00';
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok('drop_it', 'then it is dropped');
RESET ROLE;
SELECT is(to_regclass('attic.t_readings_2001_02'), NULL, 'it is gone');
SELECT ok((SELECT r.dropped_at > now() FROM ops.retired_leaves AS r), 'which is on record');
SELECT throws_ok('drop_it', 'TR010', NULL, 'what is gone does not go again');
ROLLBACK TO in_the_attic;

UPDATE ops.partition_policies SET action = 'drop';
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('drop_it', '42501', NULL, 'the kernel drops no leaf');
RESET ROLE;
UPDATE ops.partition_policies SET retention = NULL;
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', 'the leaf may not be dropped', 'of a table that is kept for ever nothing is dropped');
RESET ROLE;
UPDATE ops.partition_policies SET retention = '99 years';
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', 'the leaf may not be dropped', 'nor what is younger than its retention is today');
RESET ROLE;
UPDATE ops.partition_policies SET retention = '1 day';
UPDATE system.system_config SET value = '"400 days"' WHERE key = 'idempotency_retention';
UPDATE ops.retired_leaves SET to_at = now() - INTERVAL '399 days';
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('drop_it', 'TR010', 'the leaf may not be dropped', 'nor what might not retire today');
RESET ROLE;
UPDATE ops.retired_leaves SET to_at = now() - INTERVAL '401 days';
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok('drop_it', 'policy drop drops it without a file');
RESET ROLE;
SELECT is(to_regclass('attic.t_readings_2001_02'), NULL, 'it is gone too');

SELECT finish();
ROLLBACK;
