-- events.report_failure(): why a consumer cannot deliver is kept until it can, and written once a second at most.

BEGIN;
SELECT plan(17);
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid, updated_at)
VALUES ('t1_one', 1, '100', '2001-01-01'), ('t1_two', 1, '100', '2001-01-01');

SELECT is_definer('events', 'report_failure', ARRAY['text', 'text']);
SELECT function_owner_is('events', 'report_failure', ARRAY['text', 'text'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('events.report_failure(text,text)'), ARRAY['tradebase_worker'], 'only a worker may');

PREPARE report(text, text) AS SELECT events.report_failure($1, $2);
PREPARE reported AS
SELECT
    c.name, c.last_error, c.failed_at > clock_timestamp() - INTERVAL '1 minute',
    c.updated_at > clock_timestamp() - INTERVAL '1 minute'
FROM events.consumers AS c WHERE c.name LIKE 't1%' ORDER BY c.name;

SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE report('t1_one', 'down') $$, '42501', NULL, 'a user reports nothing');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE report('t1_one', 'down') $$, '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE report('t1_one', 'down') $$, '42501', NULL, 'nor an operator');

SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE report('t1_one', 'down') $$, 'a worker reports');
RESET ROLE;
SELECT results_eq(
    'reported', $$ VALUES ('t1_one', 'down', TRUE, TRUE), ('t1_two', NULL, NULL, FALSE) $$, 'what is kept of that consumer'
);
SELECT c.failed_at AS once FROM events.consumers AS c WHERE c.name = 't1_one' \gset
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok($$ EXECUTE report('t1_one', 'down') $$, 'at once the same again');
RESET ROLE;
SELECT is(
    (SELECT c.failed_at FROM events.consumers AS c WHERE c.name = 't1_one'), :'once', 'is not written again'
);
UPDATE events.consumers SET failed_at = clock_timestamp() - INTERVAL '1.001 seconds' WHERE name = 't1_one';
SET LOCAL ROLE tradebase_worker;
SELECT events.report_failure('t1_one', 'down');
RESET ROLE;
SELECT ok(
    (SELECT c.failed_at > :'once' FROM events.consumers AS c WHERE c.name = 't1_one'), 'a second later it is'
);
SELECT c.failed_at AS once FROM events.consumers AS c WHERE c.name = 't1_one' \gset
SET LOCAL ROLE tradebase_worker;
SELECT events.report_failure('t1_one', 'full');
RESET ROLE;
SELECT results_eq(
    format('SELECT c.last_error, c.failed_at > %L FROM events.consumers AS c WHERE c.name = %L', :'once', 't1_one'),
    $$ VALUES ('full', TRUE) $$, 'and another reason at once'
);
SET LOCAL ROLE tradebase_worker;
SELECT lives_ok(format('EXECUTE report(%L, %L)', 't1_one', repeat('x', 1001)), 'a reason may be long');
RESET ROLE;
SELECT is(
    (SELECT c.last_error FROM events.consumers AS c WHERE c.name = 't1_one'), repeat('x', 1000),
    'its first 1000 characters are kept'
);
SELECT c.failed_at AS once FROM events.consumers AS c WHERE c.name = 't1_one' \gset
SET LOCAL ROLE tradebase_worker;
SELECT events.report_failure('t1_one', repeat('x', 1001));
RESET ROLE;
SELECT is(
    (SELECT c.failed_at FROM events.consumers AS c WHERE c.name = 't1_one'), :'once', 'and are the same again'
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    $$ EXECUTE report('t1_nobody', 'down') $$, 'TR701', 'unknown consumer', 'whom nobody knows is named as such'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE report('t1_nobody', 'down') $$), '{"consumer": "t1_nobody"}',
    'the detail names whom nobody knows'
);

SELECT finish();
ROLLBACK;
