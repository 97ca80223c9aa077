-- events.consumers: its functions alone move a cursor, and nobody reads the table.

BEGIN;
SELECT plan(29);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100');

SELECT policies_are('events', 'consumers', ARRAY['consumers_kernel_all']);
SELECT any_column_privs_are('events', 'consumers', r.name, r.privileges)
FROM (VALUES
    ('anon', ARRAY[]::text[]), ('authenticated', '{}'), ('service_role', '{}'),
    ('tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']), ('tradebase_engine', '{}'), ('tradebase_operator', '{}'),
    ('tradebase_support', '{}'), ('tradebase_auditor', '{}'), ('tradebase_reporter', '{}'), ('tradebase_monitor', '{}'),
    ('tradebase_worker', '{}')
) AS r (name, privileges);
SELECT is(
    pg_temp.grants_on('events.consumers'),
    ARRAY[
        'tradebase_kernel: DELETE, INSERT, SELECT, UPDATE (delivered, failed_at, from_xid, high_id, incarnation, '
        'last_error, last_id, updated_at, upto_xid)'
    ],
    'this is all that anybody was given'
);

PREPARE seen AS SELECT c.name, c.from_xid::text FROM events.consumers AS c WHERE c.name LIKE 't1%';
PREPARE set_back AS UPDATE events.consumers SET from_xid = '0' WHERE name = 't1_one';
PREPARE rename AS UPDATE events.consumers SET name = 't1_two' WHERE name = 't1_one';
PREPARE antedate AS UPDATE events.consumers SET created_at = '2031-03-05' WHERE name = 't1_one';
PREPARE add AS INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_two', 1, '0');
PREPARE forget AS
WITH gone AS (DELETE FROM events.consumers WHERE name = 't1_one' RETURNING name) SELECT count(*) FROM gone;

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
SELECT throws_ok('seen', '42501', NULL, 'an operator asks events.status()');
SELECT throws_ok('forget', '42501', NULL, 'and events.remove_consumer()');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen', '42501', NULL, 'a monitor asks events.status()');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen', '42501', NULL, 'a worker does not look');
SELECT throws_ok('set_back', '42501', NULL, 'sets no cursor back');
SELECT throws_ok('add', '42501', NULL, 'adds none');
SELECT throws_ok('forget', '42501', NULL, 'and forgets none');
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', $$ VALUES ('t1_one', '100') $$, 'the kernel sees every one');
SELECT throws_ok('rename', '42501', NULL, 'the kernel renames none');
SELECT throws_ok('antedate', '42501', NULL, 'nor changes since when it reads');
SELECT lives_ok('set_back', 'it moves a cursor');
SELECT results_eq('forget', ARRAY[1::bigint], 'and forgets one');

RESET ROLE;
SELECT finish();
ROLLBACK;
