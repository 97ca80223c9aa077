-- events.add_consumer(): somebody reads from now on, or from the oldest event there is; once.

BEGIN;
SELECT plan(27);
\ir ../fixtures/events.psql

SELECT is_definer('events', 'add_consumer', ARRAY['text', 'boolean']);
SELECT function_owner_is('events', 'add_consumer', ARRAY['text', 'boolean'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('events.add_consumer(text,boolean)'), ARRAY['tradebase_worker'], 'only a worker may'
);

PREPARE add(text) AS SELECT events.add_consumer($1);
PREPARE add_from_start(text) AS SELECT events.add_consumer($1, from_start => TRUE);
PREPARE read_by(text) AS SELECT r.topic FROM events.read($1) AS r;

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE add('t1_one') $$, '42501', NULL, 'nobody off the street reads');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE add('t1_one') $$, '42501', NULL, 'nor does a user');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE add('t1_one') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE add('t1_one') $$, '42501', NULL, 'nor an operator, who could not carry anything on');

-- Before there is any event
RESET ROLE;
SAVEPOINT empty;
SET LOCAL ROLE tradebase_worker;
SELECT is(events.add_consumer('t1_one'), TRUE, 'a worker begins to read');
SELECT is(events.add_consumer('t1_two', TRUE), TRUE, 'or another from the oldest event');
RESET ROLE;
SELECT is(
    pg_temp.cursor_of('t1_one'), '1 ' || pg_snapshot_xmin(pg_current_snapshot()), 'from what is not over yet on'
);
SELECT is(pg_temp.cursor_of('t1_two'), '1 0', 'from the beginning');
SELECT results_eq(
    $$ SELECT c.delivered, c.last_error, num_nulls(c.upto_xid, c.last_id, c.high_id), c.updated_at >= c.created_at
       FROM events.consumers AS c WHERE c.name = 't1_one' $$,
    $$ VALUES (0::bigint, NULL::text, 3, TRUE) $$,
    'with nothing delivered and no window open'
);
SELECT count(pg_temp.tell('100', t.topic)) AS told FROM (VALUES ('market:T1-OLD')) AS t (topic) \gset
SET LOCAL ROLE tradebase_worker;
SELECT is_empty($$ EXECUTE read_by('t1_one') $$, 'what was over before it began is not for it');
SELECT results_eq($$ EXECUTE read_by('t1_two') $$, ARRAY['market:T1-OLD'], 'but for who reads from the beginning');
RESET ROLE;
ROLLBACK TO empty;

-- Where events are, of two clusters
SELECT count(pg_temp.tell(t.xid, t.topic, incarnation => t.incarnation)) AS told
FROM (VALUES ('100', 'market:T1-A', 2), ('101', 'market:T1-B', 3)) AS t (xid, topic, incarnation) \gset
SET LOCAL ROLE tradebase_worker;
SELECT is(events.add_consumer('t1_one', FALSE), TRUE, 'a worker begins to read where events are');
SELECT is(events.add_consumer('t1_two', TRUE), TRUE, 'or another from the oldest of them');
RESET ROLE;
SELECT is(
    pg_temp.cursor_of('t1_one'), '3 ' || pg_snapshot_xmin(pg_current_snapshot()), 'from now on is in the newest incarnation'
);
SELECT is(pg_temp.cursor_of('t1_two'), '2 0', 'from the beginning is in the oldest');

-- The same again
UPDATE events.consumers SET delivered = 7, from_xid = '50' WHERE name = 't1_one';
SET LOCAL ROLE tradebase_worker;
SELECT is(events.add_consumer('t1_one', TRUE), FALSE, 'who reads already is told so');
RESET ROLE;
SELECT is(pg_temp.cursor_of('t1_one'), '3 50', 'and stays where they are');

-- What is no name
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE add('') $$, 'TR010', 'invalid name', 'nothing is no name');
SELECT throws_ok('EXECUTE add(NULL)', 'TR010', 'invalid name', 'nor is NULL');
SELECT throws_ok($$ EXECUTE add('Redis') $$, 'TR010', 'invalid name', 'nor what begins otherwise');
SELECT throws_ok(
    format('EXECUTE add(%L)', 'a' || repeat('b', 40)), 'TR010', 'invalid name', 'nor more than forty characters'
);
SELECT throws_ok(
    $$ SELECT events.add_consumer('t1_three', NULL) $$, 'TR010', 'invalid name', 'from where it reads is said or left out'
);
SELECT lives_ok(format('EXECUTE add(%L)', 'a' || repeat('b', 39)), 'forty are one');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE add_from_start('a-b') $$),
    '{"argument": "name", "expected": "a letter, then up to 39 letters, digits and _, all small"}',
    'the detail says what a name is'
);

SELECT finish();
ROLLBACK;
