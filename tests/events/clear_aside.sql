-- events.clear_aside(): what was set aside is delivered, of this consumer, this event and no other.

BEGIN;
SELECT plan(10);
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100'), ('t1_two', 1, '100');
INSERT INTO events.undelivered (consumer, event_id, created_at, error)
VALUES ('t1_one', 1, '2031-03-05', 'full'), ('t1_one', 2, '2031-03-05', 'full'), ('t1_two', 1, '2031-03-05', 'full');

SELECT is_definer('events', 'clear_aside', ARRAY['text', 'bigint']);
SELECT function_owner_is('events', 'clear_aside', ARRAY['text', 'bigint'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('events.clear_aside(text,bigint)'), ARRAY['tradebase_worker'], 'only a worker may');

PREPARE clear(text, bigint) AS SELECT events.clear_aside($1, $2);
PREPARE aside AS
SELECT u.consumer, u.event_id FROM events.undelivered AS u WHERE u.consumer LIKE 't1%' ORDER BY u.consumer, u.event_id;

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE clear('t1_one', 1) $$, '42501', NULL, 'a user clears nothing');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE clear('t1_one', 1) $$, '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE clear('t1_one', 1) $$, '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE clear('t1_one', 1) $$, 'a worker has delivered it');
RESET ROLE;
SELECT results_eq('aside', $$ VALUES ('t1_one', 2::bigint), ('t1_two', 1) $$, 'it is gone, and nothing else');
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE clear('t1_one', 1) $$, 'what is gone may go again');
RESET ROLE;
SELECT results_eq('aside', $$ VALUES ('t1_one', 2::bigint), ('t1_two', 1) $$, 'and takes nothing with it');

SELECT finish();
ROLLBACK;
