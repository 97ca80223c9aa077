-- ops.reattach_leaf(): a leaf from the attic is its table's again, just as it was.

BEGIN;
SELECT plan(14);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_old_readings.psql

SELECT is_definer('ops', 'reattach_leaf', ARRAY['name'], 'it runs as the owner of the table');
SELECT is(pg_temp.who_may_execute('ops.reattach_leaf(name)'), ARRAY['tradebase_worker'], 'for the worker');
PREPARE back AS SELECT ops.reattach_leaf('t_readings_2001_02');
PREPARE february AS
SELECT tableoid::regclass::text, read_at, amount::text, is_big FROM market.t_readings ORDER BY read_at;

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('back', 'TR010', 'no leaf of this name in the attic', 'what never went does not come back');
RESET ROLE;
ALTER TABLE market.t_readings DETACH PARTITION partitions.t_readings_2001_02;
-- What DETACH … CONCURRENTLY leaves behind.
ALTER TABLE partitions.t_readings_2001_02 ADD CONSTRAINT t_readings_read_at_check
CHECK (read_at IS NOT NULL AND read_at >= '2001-02-01 00:00:00+00' AND read_at < '2001-03-01 00:00:00+00');
SELECT ops.retire_leaf('t_readings_2001_02');
SELECT is_empty('february', 'what is in the attic is the table''s no more');
SAVEPOINT away;

ALTER TABLE attic.t_readings_2001_02 NO FORCE ROW LEVEL SECURITY;
ALTER TABLE attic.t_readings_2001_02 DISABLE TRIGGER USER;
UPDATE attic.t_readings_2001_02 SET amount = 6 WHERE amount = 5 AND id = (SELECT max(id) FROM attic.t_readings_2001_02);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('back', 'TR903', 'the leaf does not hold what was retired', 'a leaf that was rewritten there stays there');
ROLLBACK TO away;

CREATE TRIGGER t_readings_more BEFORE INSERT ON market.t_readings
FOR EACH STATEMENT EXECUTE FUNCTION market.t_readings_refuse();
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('back', 'TR903', NULL, 'one that its table has grown away from is not attached');
ROLLBACK TO away;

SET LOCAL ROLE tradebase_worker;
SELECT is(ops.reattach_leaf('t_readings_2001_02'), 3::bigint, 'three rows come back');
RESET ROLE;
SELECT results_eq(
    'february',
    $$ VALUES
        ('partitions.t_readings_2001_02', TIMESTAMPTZ '2001-02-01 00:00:00+00', '101', TRUE),
        ('partitions.t_readings_2001_02', '2001-02-14 12:00:00+00', '5', FALSE),
        ('partitions.t_readings_2001_02', '2001-02-28 23:59:59.999999+00', '5', FALSE) $$,
    'in the leaf that they were in'
);
SELECT is(ops.leaf_problems('partitions.t_readings_2001_02'), '{}', 'which is like its parent again');
SELECT is(
    (SELECT count(*) FROM pg_policy WHERE polrelid = 'partitions.t_readings_2001_02'::regclass), 0::bigint,
    'with no policy of its own'
);
SELECT is(
    (SELECT count(*) FROM pg_constraint WHERE conrelid = 'partitions.t_readings_2001_02'::regclass AND contype = 'c'),
    (SELECT count(*) FROM pg_constraint WHERE conrelid = 'market.t_readings'::regclass AND contype = 'c'),
    'and no constraint that its parent has not'
);
SELECT throws_ok('DELETE FROM market.t_readings', 'TR902', NULL, 'its row trigger watches again');
SELECT ok((SELECT r.reattached_at > now() FROM ops.retired_leaves AS r), 'it is on record');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('back', 'TR010', NULL, 'what is back does not come back again');

RESET ROLE;
SELECT finish();
ROLLBACK;
