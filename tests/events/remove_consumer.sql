-- events.remove_consumer(): an operator forgets who read, and nothing waits for them any more.

BEGIN;
SELECT plan(12);
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100'), ('t1_two', 1, '100');
INSERT INTO events.undelivered (consumer, event_id, created_at, error)
VALUES ('t1_one', 1, '2031-03-05', 'full'), ('t1_two', 1, '2031-03-05', 'full');

SELECT is_definer('events', 'remove_consumer', ARRAY['text']);
SELECT function_owner_is('events', 'remove_consumer', ARRAY['text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('events.remove_consumer(text)'), ARRAY['tradebase_operator'], 'only an operator may'
);

PREPARE remove(text) AS SELECT events.remove_consumer($1);
PREPARE still_there AS
SELECT c.name, count(u.event_id) FROM events.consumers AS c LEFT JOIN events.undelivered AS u ON u.consumer = c.name
WHERE c.name LIKE 't1%' GROUP BY c.name ORDER BY c.name;

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE remove('t1_one') $$, '42501', NULL, 'a user may not');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE remove('t1_one') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE remove('t1_one') $$, '42501', NULL, 'nor who carries events on, and could lose them so');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE remove('t1_nobody') $$, 'TR701', 'unknown consumer', 'whom nobody knows is named as such');
SELECT throws_ok('EXECUTE remove(NULL)', 'TR701', 'unknown consumer', 'and so is no name');
SELECT lives_ok($$ EXECUTE remove('t1_one') $$, 'a consumer is forgotten');
SELECT throws_ok($$ EXECUTE remove('t1_one') $$, 'TR701', 'unknown consumer', 'once');
RESET ROLE;
SELECT results_eq(
    'still_there', $$ VALUES ('t1_two', 1::bigint) $$, 'with what it had set aside, and no other'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE remove('t1_nobody') $$), '{"consumer": "t1_nobody"}', 'the detail names whom nobody knows'
);

SELECT finish();
ROLLBACK;
