-- events.acknowledge(): the cursor goes forward within its window, closes it with its last event, and never goes back.

BEGIN;
SELECT plan(31);
\ir ../fixtures/events.psql

SELECT is_definer('events', 'acknowledge', ARRAY['text', 'xid8', 'bigint', 'integer']);
SELECT function_owner_is('events', 'acknowledge', ARRAY['text', 'xid8', 'bigint', 'integer'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('events.acknowledge(text,xid8,bigint,integer)'), ARRAY['tradebase_worker'], 'only a worker may'
);

INSERT INTO events.consumers (
    name, incarnation, from_xid, upto_xid, last_id, high_id, delivered, failed_at, last_error, updated_at
) VALUES
('t1_one', 2, '100', '200', 10, 15, 40, '2031-03-05 10:00:00+00', 'full', '2001-01-01 00:00:00+00'),
('t1_two', 2, '100', '200', 10, 15, 40, NULL, NULL, '2001-01-01 00:00:00+00'),
('t1_idle', 2, '100', NULL, NULL, NULL, 40, NULL, NULL, '2001-01-01 00:00:00+00');

PREPARE acknowledge(text, xid8, bigint, integer) AS SELECT events.acknowledge($1, $2, $3, $4);
PREPARE unchanged AS
SELECT pg_temp.cursor_of(c.name), c.delivered, c.last_error, c.updated_at < '2002-01-01' FROM events.consumers AS c
WHERE c.name IN ('t1_one', 't1_two', 't1_idle') ORDER BY c.name;

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE acknowledge('t1_one', '200', 12, 1) $$, '42501', NULL, 'a user acknowledges nothing');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE acknowledge('t1_one', '200', 12, 1) $$, '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE acknowledge('t1_one', '200', 12, 1) $$, '42501', NULL, 'nor an operator');

-- Every way to be wrong
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    format('EXECUTE acknowledge(%L, %L, %L, %L)', w.consumer, w.upto, w.id, w.events), w.state, w.message, w.description
)
FROM (VALUES
    ('t1_nobody', '200', 12, 1, 'TR701', 'unknown consumer', 'whom nobody knows is named as such'),
    (NULL, '200', 12, 1, 'TR701', 'unknown consumer', 'and so is no name'),
    ('t1_one', '200', 12, 0, 'TR010', 'events is how many were delivered', 'none was delivered'),
    ('t1_one', '200', 12, -1, 'TR010', 'events is how many were delivered', 'or fewer'),
    ('t1_one', '200', 12, NULL, 'TR010', 'events is how many were delivered', 'or nobody knows'),
    ('t1_one', '200', 10, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'what is acknowledged already'),
    ('t1_one', '200', 9, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'further back'),
    ('t1_one', '200', 16, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'past the end of the window'),
    ('t1_one', '200', NULL, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'nothing'),
    ('t1_one', '199', 12, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'in an earlier window'),
    ('t1_one', '201', 12, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'in a later one'),
    ('t1_one', NULL, 12, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'in none'),
    ('t1_idle', '200', 12, 1, 'TR702', 'the cursor is not there, and it only goes forward', 'where none is open'),
    ('t1_nobody', '200', 12, 0, 'TR701', 'unknown consumer', 'who it is matters first')
) AS w (consumer, upto, id, events, state, message, description);
RESET ROLE;
SELECT results_eq(
    'unchanged',
    $$ VALUES ('2 100', 40::bigint, NULL::text, TRUE), ('2 100 200 10 15', 40, 'full', TRUE),
       ('2 100 200 10 15', 40, NULL, TRUE) $$,
    'no refusal changed anything'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE acknowledge('t1_one', '199', 12, 1) $$),
    '{"consumer": "t1_one", "from_xid": "100", "upto_xid": "200", "last_id": 10, "high_id": 15}',
    'the detail says where the cursor is'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE acknowledge('t1_nobody', '199', 12, 1) $$), '{"consumer": "t1_nobody"}', 'whom nobody knows'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE acknowledge('t1_one', '200', 12, 0) $$), '{"argument": "events"}', 'or which argument'
);

-- Within the window, then its last
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE acknowledge('t1_one', '200', 14, 3) $$, 'a worker has delivered three');
RESET ROLE;
SELECT results_eq(
    'unchanged',
    $$ VALUES ('2 100', 40::bigint, NULL::text, TRUE), ('2 100 200 14 15', 43, NULL, FALSE),
       ('2 100 200 10 15', 40, NULL, TRUE) $$,
    'its cursor is there, it works again, and no other has moved'
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE acknowledge('t1_one', '200', 14, 3) $$, 'TR702', NULL, 'twice is refused');
SELECT lives_ok($$ EXECUTE acknowledge('t1_one', '200', 15, 1) $$, 'the last of a window');
RESET ROLE;
SELECT results_eq(
    'unchanged',
    $$ VALUES ('2 100', 40::bigint, NULL::text, TRUE), ('2 200', 44, NULL, FALSE), ('2 100 200 10 15', 40, NULL, TRUE) $$,
    'closes it: the next begins where it ended'
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE acknowledge('t1_one', '200', 15, 1) $$, 'TR702', NULL, 'what is closed stays closed');
RESET ROLE;
SELECT results_eq(
    $$ SELECT c.failed_at FROM events.consumers AS c WHERE c.name = 't1_one' $$, ARRAY[NULL::timestamptz],
    'when it failed is forgotten with why'
);

SELECT finish();
ROLLBACK;
