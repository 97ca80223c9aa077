-- events.undelivered: its functions alone set aside and take back, and nobody reads the table.

BEGIN;
SELECT plan(29);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100');
INSERT INTO events.undelivered (consumer, event_id, created_at, error) VALUES ('t1_one', 1, '2031-03-05', 'full');

SELECT policies_are('events', 'undelivered', ARRAY['undelivered_kernel_all']);
SELECT any_column_privs_are('events', 'undelivered', r.name, r.privileges)
FROM (VALUES
    ('anon', ARRAY[]::text[]), ('authenticated', '{}'), ('service_role', '{}'),
    ('tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']), ('tradebase_engine', '{}'), ('tradebase_operator', '{}'),
    ('tradebase_support', '{}'), ('tradebase_auditor', '{}'), ('tradebase_reporter', '{}'), ('tradebase_monitor', '{}'),
    ('tradebase_worker', '{}')
) AS r (name, privileges);
SELECT is(
    pg_temp.grants_on('events.undelivered'),
    ARRAY['tradebase_kernel: DELETE, INSERT, SELECT, UPDATE (attempts, error, next_at)'],
    'this is all that anybody was given'
);

PREPARE seen AS SELECT u.event_id FROM events.undelivered AS u WHERE u.consumer = 't1_one';
PREPARE put_off AS UPDATE events.undelivered SET next_at = 'infinity' WHERE consumer = 't1_one';
PREPARE swap AS UPDATE events.undelivered SET event_id = 2 WHERE consumer = 't1_one';
PREPARE move AS UPDATE events.undelivered SET created_at = '2031-03-06' WHERE consumer = 't1_one';
PREPARE add AS
INSERT INTO events.undelivered (consumer, event_id, created_at, error) VALUES ('t1_one', 2, '2031-03-05', 'full');
PREPARE forget AS
WITH gone AS (DELETE FROM events.undelivered WHERE consumer = 't1_one' AND event_id = 1 RETURNING event_id)
SELECT count(*) FROM gone;

SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'who has not signed in is refused');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen', '42501', NULL, 'Alice is refused');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service is refused');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen', '42501', NULL, 'an engine is refused');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'an operator is refused');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen', '42501', NULL, 'a monitor is refused');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen', '42501', NULL, 'a worker does not look');
SELECT throws_ok('put_off', '42501', NULL, 'puts nothing off');
SELECT throws_ok('add', '42501', NULL, 'adds none');
SELECT throws_ok('forget', '42501', NULL, 'and forgets none');
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', ARRAY[1::bigint], 'the kernel sees every one');
SELECT throws_ok('swap', '42501', NULL, 'the kernel exchanges none for another');
SELECT throws_ok('move', '42501', NULL, 'nor its leaf');
SELECT lives_ok('put_off', 'it says when one is tried again');
SELECT lives_ok('add', 'sets aside');
SELECT results_eq('forget', ARRAY[1::bigint], 'and forgets one');

RESET ROLE;
SELECT finish();
ROLLBACK;
