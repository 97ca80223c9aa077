-- events.set_aside(): what alone fails waits, each time twice as long.

BEGIN;
SELECT plan(18);
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100'), ('t1_two', 1, '100');

SELECT is_definer('events', 'set_aside', ARRAY['text', 'bigint', 'timestamp with time zone', 'text']);
SELECT function_owner_is(
    'events', 'set_aside', ARRAY['text', 'bigint', 'timestamp with time zone', 'text'], 'tradebase_kernel'
);
SELECT is(
    pg_temp.who_may_execute('events.set_aside(text,bigint,timestamptz,text)'), ARRAY['tradebase_worker'], 'only a worker may'
);

PREPARE set_aside(text, bigint, text) AS SELECT events.set_aside($1, $2, '2031-03-05 10:00:00+00', $3);
-- How many seconds from now on it waits, to the next whole one.
PREPARE waits AS
SELECT u.consumer, u.event_id, u.attempts, u.error, ceil(extract(EPOCH FROM u.next_at - clock_timestamp()))::integer
FROM events.undelivered AS u WHERE u.consumer LIKE 't1%' ORDER BY u.consumer, u.event_id;

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE set_aside('t1_one', 1, 'full') $$, '42501', NULL, 'a user sets nothing aside');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE set_aside('t1_one', 1, 'full') $$, '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE set_aside('t1_one', 1, 'full') $$, '42501', NULL, 'nor an operator');

SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE set_aside('t1_one', 1, 'full') $$, 'a worker sets an event aside');
SELECT lives_ok($$ EXECUTE set_aside('t1_two', 1, 'gone') $$, 'another consumer the same one');
RESET ROLE;
SELECT results_eq(
    'waits', $$ VALUES ('t1_one', 1::bigint, 1, 'full', 1), ('t1_two', 1, 1, 'gone', 1) $$,
    'each is tried again in a second'
);
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE set_aside('t1_one', 1, 'still full') $$, 'it fails again');
RESET ROLE;
SELECT results_eq(
    'waits', $$ VALUES ('t1_one', 1::bigint, 2, 'still full', 2), ('t1_two', 1, 1, 'gone', 1) $$,
    'and waits twice as long, for its newest reason; the other''s is its own'
);
-- Seconds that it waits after each of its attempts from the third on
CREATE FUNCTION pg_temp.waits_after(n integer) RETURNS integer LANGUAGE sql AS $$
    UPDATE events.undelivered SET attempts = n - 1 WHERE consumer = 't1_one' AND event_id = 1;
    SELECT events.set_aside('t1_one', 1, '2031-03-05', 'attempt ' || n);
    SELECT ceil(extract(EPOCH FROM u.next_at - clock_timestamp()))::integer
    FROM events.undelivered AS u WHERE u.consumer = 't1_one' AND u.event_id = 1
$$;
SELECT is(
    ARRAY(SELECT pg_temp.waits_after(n) FROM unnest(ARRAY[3, 4, 8, 9, 10, 16, 17, 1000000]) AS n),
    ARRAY[4, 8, 128, 256, 300, 300, 300, 300], 'always twice as long, but five minutes at most'
);
SELECT results_eq(
    $$ SELECT u.created_at FROM events.undelivered AS u WHERE u.consumer = 't1_one' $$,
    ARRAY['2031-03-05 10:00:00+00'::timestamptz], 'it is known in which leaf the event is'
);
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok(format('EXECUTE set_aside(%L, 2, %L)', 't1_one', repeat('x', 1001)), 'a reason may be long');
RESET ROLE;
SELECT is(
    (SELECT length(u.error) FROM events.undelivered AS u WHERE u.consumer = 't1_one' AND u.event_id = 2), 1000,
    'its first 1000 characters are kept'
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    $$ EXECUTE set_aside('t1_nobody', 1, 'full') $$, 'TR701', 'unknown consumer', 'whom nobody knows is named as such'
);
SELECT throws_ok($$ EXECUTE set_aside('t1_one', NULL, 'full') $$, '23502', NULL, 'without an event nothing is set aside');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE set_aside('t1_nobody', 1, 'full') $$), '{"consumer": "t1_nobody"}',
    'the detail names whom nobody knows'
);

SELECT finish();
ROLLBACK;
