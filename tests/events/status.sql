-- events.status(): how far each consumer is, what it waits for, and why it does not go on. (A process that holds events
-- back takes two sessions: tests/live/test_order.py.)

BEGIN;
SELECT plan(25);
\ir ../fixtures/events.psql

SELECT is_definer('events', 'status', ARRAY[]::text[]);
SELECT function_owner_is('events', 'status', ARRAY[]::text[], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('events.status()'), ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'],
    'for those who watch, operate and carry'
);

-- What was there before does not count: of the test's own consumers one at a time.
PREPARE how_far(text) AS
SELECT s.pending, s.oldest_at, s.undelivered, s.delivered, s.last_error, s.problem FROM events.status() AS s
WHERE s.consumer = $1;
PREPARE blocked(text) AS
SELECT s.blocked_by_pid, s.blocked_by_xid::text, s.blocked_since FROM events.status() AS s WHERE s.consumer = $1;

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE how_far('t1_one') $$, '42501', NULL, 'nobody off the street asks');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE how_far('t1_one') $$, '42501', NULL, 'nor does a user');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE how_far('t1_one') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok($$ EXECUTE how_far('t1_one') $$, '42501', NULL, 'nor an auditor');
RESET ROLE;

INSERT INTO events.consumers (name, incarnation, from_xid, delivered) VALUES ('t1_one', 1, '100', 7), ('t1_two', 1, '120', 0);
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    $$ EXECUTE how_far('t1_one') $$,
    $$ VALUES (0::bigint, NULL::timestamptz, 0::bigint, 7::bigint, NULL::text, NULL::text) $$,
    'where there is nothing to read nothing is behind'
);
SELECT results_eq(
    $$ EXECUTE blocked('t1_one') $$, $$ VALUES (NULL::integer, NULL::text, NULL::timestamptz) $$, 'or waits for anybody'
);
RESET ROLE;

-- Events whose transactions are over
SELECT pg_temp.tell('99', 'market:T1BTC-T1USD', created_at => '2031-03-05 09:00:00+00') AS too_old \gset
SELECT pg_temp.tell('110', 'market:T1BTC-T1USD', created_at => '2031-03-05 11:00:00+00') AS first_id \gset
SELECT pg_temp.tell('130', 'market:T1BTC-T1USD', created_at => '2031-03-05 10:00:00+00') AS second_id \gset
SELECT pg_temp.tell('115', 'market:T1BTC-T1USD', created_at => '2031-03-05 12:00:00+00') AS third_id \gset
INSERT INTO events.undelivered (consumer, event_id, created_at, error) VALUES
('t1_one', 1, '2031-03-05', 'full'), ('t1_one', 2, '2031-03-05', 'full'), ('t1_two', 1, '2031-03-05', 'full');
UPDATE events.consumers SET failed_at = '2031-03-05', last_error = 'down' WHERE name = 't1_two';
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    $$ EXECUTE how_far('t1_one') $$,
    $$ VALUES (3::bigint, timestamptz '2031-03-05 10:00:00+00', 2::bigint, 7::bigint, NULL::text, NULL::text) $$,
    'what is from its cursor on waits, the oldest told; what was set aside is counted'
);
SELECT results_eq(
    $$ EXECUTE how_far('t1_two') $$,
    $$ VALUES (1::bigint, timestamptz '2031-03-05 10:00:00+00', 1::bigint, 0::bigint, 'down', NULL::text) $$,
    'for each from where it is, with why it failed'
);
SELECT results_eq(
    $$ EXECUTE blocked('t1_one') $$, $$ VALUES (NULL::integer, NULL::text, NULL::timestamptz) $$, 'nobody holds that back'
);
SELECT ok(
    (SELECT s.delayed + s.oldest_at - clock_timestamp() BETWEEN INTERVAL '-1 minute' AND INTERVAL '0'
     FROM events.status() AS s WHERE s.consumer = 't1_one'),
    'it says for how long'
);
SELECT results_eq(
    $$ SELECT s.consumer FROM events.status() AS s WHERE s.consumer LIKE 't1%' $$, ARRAY['t1_one', 't1_two'],
    'one line each, by name'
);
RESET ROLE;

-- Inside of a window: what is acknowledged is behind it, and what is beyond the window waits whatever its id.
UPDATE events.consumers SET upto_xid = '120', last_id = :first_id, high_id = :third_id WHERE name = 't1_one';
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT s.pending, s.oldest_at FROM events.status() AS s WHERE s.consumer = 't1_one' $$,
    $$ VALUES (2::bigint, timestamptz '2031-03-05 10:00:00+00') $$, 'of an open window what is not acknowledged waits'
);
RESET ROLE;
UPDATE events.consumers SET last_id = :second_id WHERE name = 't1_one';
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT s.pending, s.oldest_at FROM events.status() AS s WHERE s.consumer = 't1_one' $$,
    $$ VALUES (2::bigint, timestamptz '2031-03-05 10:00:00+00') $$, 'and of what is behind it all, with a lower id too'
);
RESET ROLE;

-- The next incarnation waits with what is left of this one.
SAVEPOINT one_cluster;
SELECT pg_temp.tell('5', 'market:T1BTC-T1USD', incarnation => 2) AS later \gset
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT s.pending, s.problem FROM events.status() AS s WHERE s.consumer = 't1_two' $$,
    $$ VALUES (2::bigint, NULL::text) $$, 'what another cluster wrote waits too'
);
RESET ROLE;
UPDATE events.consumers SET from_xid = '1000000000000' WHERE name = 't1_two';
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT s.pending, s.problem FROM events.status() AS s WHERE s.consumer = 't1_two' $$,
    $$ VALUES (1::bigint, NULL::text) $$, 'where it goes on in the next incarnation all is well'
);
RESET ROLE;
ROLLBACK TO one_cluster;

-- A dump restored into another cluster, whose numbers begin anew, and nobody has raised the incarnation
UPDATE events.consumers SET from_xid = '1000000000000' WHERE name = 't1_two';
SET LOCAL ROLE tradebase_operator;
SELECT results_eq(
    $$ SELECT s.pending, s.problem FROM events.status() AS s WHERE s.consumer = 't1_two' $$,
    $$ VALUES (0::bigint, 'the cursor is of another cluster: raise the incarnation') $$,
    'a cursor that no transaction has come to is told'
);
RESET ROLE;
ROLLBACK TO one_cluster;
SELECT pg_temp.tell('1000000000000', 'market:T1BTC-T1USD') AS foreign_id \gset
SET LOCAL ROLE tradebase_operator;
SELECT results_eq(
    $$ SELECT s.pending, s.problem FROM events.status() AS s WHERE s.consumer = 't1_two' $$,
    $$ VALUES (2::bigint, 'events carry transactions of another cluster: raise the incarnation') $$,
    'so are events of a transaction that has not been'
);
RESET ROLE;
SELECT pg_temp.tell('5', 'market:T1BTC-T1USD', incarnation => 2) AS later \gset
SET LOCAL ROLE tradebase_operator;
SELECT is(
    (SELECT coalesce(s.problem, '') LIKE 'events carry%' FROM events.status() AS s WHERE s.consumer = 't1_two'), FALSE,
    'of the newest incarnation: in an earlier one they may be'
);
RESET ROLE;
ROLLBACK TO one_cluster;

-- Our own transaction is not over. A part of it that is undone makes the server give out a number behind its own.
SELECT pg_current_xact_id() AS mine \gset
SAVEPOINT part;
UPDATE events.consumers SET delivered = 8 WHERE name = 't1_one';
ROLLBACK TO part;
SELECT pg_temp.tell(:'mine', 'market:T1BTC-T1USD') AS of_mine \gset
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT s.pending, s.blocked_by_xid FROM events.status() AS s WHERE s.consumer = 't1_two' $$,
    $$ VALUES (2::bigint, pg_snapshot_xmin(pg_current_snapshot())) $$,
    'an event of a transaction that still runs waits for the oldest of those'
);
SELECT isnt(
    (SELECT s.blocked_by_pid FROM events.status() AS s WHERE s.consumer = 't1_two'), pg_backend_pid(),
    'we do not name ourselves'
);
RESET ROLE;

-- Ten thousand are counted, and no more.
INSERT INTO events.outbox (xid, created_at, topic, event, payload)
SELECT '140', '2031-03-05 10:00:00+00', 'config', 'test', '{}' FROM generate_series(1, 10001);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT s.pending FROM events.status() AS s WHERE s.consumer = 't1_two' $$, ARRAY[10000::bigint],
    'so many that they are not counted'
);
RESET ROLE;
SELECT is(
    (SELECT array_agg(c ORDER BY c) FROM pg_proc AS p, unnest(p.proconfig) AS c WHERE p.oid = 'events.status'::regproc),
    ARRAY['enable_seqscan=off', 'search_path=pg_catalog, pg_temp'], 'it counts by an index'
);

SELECT finish();
ROLLBACK;
