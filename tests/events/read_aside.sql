-- events.read_aside(): what is due again, in order, as many as asked for.

BEGIN;
SELECT plan(16);
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100'), ('t1_two', 1, '100');
SELECT pg_temp.tell('100', 'market:T1BTC-T1USD', '{"n": 1}') AS one \gset
SELECT pg_temp.tell('100', 'market:T1BTC-T1USD', '{"n": 2}') AS two \gset
SELECT pg_temp.tell('100', 'market:T1BTC-T1USD', '{"n": 3}') AS three \gset
SELECT pg_temp.tell('100', 'market:T1BTC-T1USD', '{"n": 4}') AS four \gset
INSERT INTO events.undelivered (consumer, event_id, created_at, error, next_at) VALUES
('t1_one', :two, '2031-03-05 10:00:00+00', 'full', '2026-01-01'),
('t1_one', :one, '2031-03-05 10:00:00+00', 'full', '2026-01-02'),
('t1_one', :three, '2031-03-05 10:00:00+00', 'full', clock_timestamp() + INTERVAL '1 hour'),
('t1_one', :four, '2031-03-05 10:00:01+00', 'full', '2026-01-01'),
('t1_two', :three, '2031-03-05 10:00:00+00', 'full', '2026-01-01');

SELECT is_definer('events', 'read_aside', ARRAY['text', 'integer']);
SELECT function_owner_is('events', 'read_aside', ARRAY['text', 'integer'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('events.read_aside(text,integer)'), ARRAY['tradebase_worker'], 'only a worker may');

PREPARE aside(text) AS SELECT r.payload ->> 'n' FROM events.read_aside($1) AS r;
PREPARE some_aside(text, integer) AS SELECT r.payload ->> 'n' FROM events.read_aside($1, $2) AS r;

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE aside('t1_one') $$, '42501', NULL, 'a user reads nothing');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE aside('t1_one') $$, '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE aside('t1_one') $$, '42501', NULL, 'nor an operator');

SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ EXECUTE aside('t1_one') $$, ARRAY['1', '2'],
    'a worker reads what is due, the older event first; what is not due waits, and what is in no leaf is not there'
);
SELECT results_eq($$ EXECUTE aside('t1_two') $$, ARRAY['3'], 'each what it set aside itself');
SELECT results_eq($$ EXECUTE some_aside('t1_one', 1) $$, ARRAY['1'], 'as many as it wants');
SELECT is_empty($$ EXECUTE some_aside('t1_one', 0) $$, 'also none');
SELECT is_empty($$ EXECUTE aside('t1_nobody') $$, 'nobody has set nothing aside');
SELECT results_eq(
    $$ SELECT r.id, r.created_at, r.topic, r.event, r.payload FROM events.read_aside('t1_two') AS r $$,
    format(
        $$ VALUES (%s::bigint, timestamptz '2031-03-05 10:00:00+00', 'market:T1BTC-T1USD', 'test', jsonb '{"n": 3}') $$,
        :three
    ),
    'the event is as it was told'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT u.attempts FROM events.undelivered AS u WHERE u.consumer LIKE 't1%' $$, ARRAY[1, 1, 1, 1, 1],
    'reading is no attempt'
);
-- Five at a time unless it says otherwise
INSERT INTO events.undelivered (consumer, event_id, created_at, error, next_at)
SELECT 't1_two', pg_temp.tell('100', 'market:T1BTC-T1USD'), '2031-03-05 10:00:00+00', 'full', '2026-01-01'
FROM generate_series(1, 5);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq($$ SELECT count(*) FROM events.read_aside('t1_two') $$, ARRAY[5::bigint], 'five at a time');
SELECT results_eq($$ SELECT count(*) FROM events.read_aside('t1_two', 100) $$, ARRAY[6::bigint], 'or all of them');
RESET ROLE;
-- Whoever delivers them has them to itself: a row lock says so on its page.
SELECT is(
    (SELECT count(*) FROM events.undelivered AS u WHERE u.consumer LIKE 't1%' AND u.xmax <> 0), 9::bigint,
    'what is due is locked, and what is not is not'
);

SELECT finish();
ROLLBACK;
