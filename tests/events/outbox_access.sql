-- events.outbox: the kernel appends, and nobody reads the table; who carries events on has events.read().

BEGIN;
SELECT plan(31);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/events.psql
SELECT pg_temp.tell('100', 'user:' || :'alice', '{"orders": []}') AS id \gset

SELECT policies_are('events', 'outbox', ARRAY['outbox_kernel_all']);
SELECT any_column_privs_are('events', 'outbox', r.name, r.privileges)
FROM (VALUES
    ('anon', ARRAY[]::text[]), ('authenticated', '{}'), ('service_role', '{}'),
    ('tradebase_kernel', ARRAY['INSERT', 'SELECT']), ('tradebase_engine', '{}'), ('tradebase_operator', '{}'),
    ('tradebase_support', '{}'), ('tradebase_auditor', '{}'), ('tradebase_reporter', '{}'), ('tradebase_monitor', '{}'),
    ('tradebase_worker', '{}')
) AS r (name, privileges);
SELECT is(
    pg_temp.grants_on('events.outbox'), ARRAY['tradebase_kernel: INSERT, SELECT'],
    'this is all that anybody was given'
);

PREPARE told AS SELECT id FROM events.outbox WHERE id = :id;
PREPARE tell AS INSERT INTO events.outbox (topic, event, payload) VALUES ('user:' || :'alice', 'orders', '{}');
PREPARE past_the_parent AS SELECT id FROM partitions.outbox_2031_w10;
PREPARE retell AS UPDATE events.outbox SET topic = 'user:' || :'bob' WHERE id = :id;
PREPARE forget AS DELETE FROM events.outbox WHERE id = :id;
PREPARE draw AS SELECT nextval('events.outbox_id_seq');

-- Even when they speak for Alice, whose event it is
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('told', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE authenticated;
SELECT throws_ok('told', '42501', NULL, 'Alice does not read what she is told here');
SELECT throws_ok('tell', '42501', NULL, 'and tells herself nothing');
SET LOCAL ROLE service_role;
SELECT throws_ok('told', '42501', NULL, 'a service is refused, whomever it speaks for');
SELECT throws_ok('tell', '42501', NULL, 'a service tells nobody anything');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('told', '42501', NULL, 'an engine is refused');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('told', '42501', NULL, 'an operator is refused');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('told', '42501', NULL, 'support is refused');
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('told', '42501', NULL, 'an auditor is refused: all of it is on record elsewhere');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('told', '42501', NULL, 'a worker reads by events.read() and not here');
SELECT throws_ok('tell', '42501', NULL, 'a worker carries what there is, and adds nothing');
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('told', ARRAY[:id::bigint], 'the kernel sees every event');
SELECT lives_ok('tell', 'and appends');
SELECT throws_ok('retell', '42501', NULL, 'the kernel changes none');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('TRUNCATE events.outbox', '42501', NULL, 'nor all of them');
SELECT throws_ok('past_the_parent', '42501', NULL, 'the kernel reads no leaf by its name');
SELECT throws_ok('draw', '42501', NULL, 'nor draws a number without an event');

RESET ROLE;
SELECT finish();
ROLLBACK;
