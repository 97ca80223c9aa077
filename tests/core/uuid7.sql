-- core.uuid7(): ids are version 7, carry the server's time, never repeat, and are made by the kernel alone.

BEGIN;
SELECT plan(9);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('core', 'uuid7', '{}'::name[], 'volatile', 'every call makes another id');
SELECT is(pg_temp.who_may_execute('core.uuid7()'), ARRAY['tradebase_kernel'], 'only the kernel makes ids');

CREATE TEMPORARY TABLE made AS
SELECT g.n, clock_timestamp() AS before, core.uuid7() AS id, NULL::timestamptz AS after
FROM generate_series(1, 1000) AS g (n);
UPDATE made SET after = clock_timestamp();

SELECT is_empty(
    $$ SELECT id FROM made WHERE id::text !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' $$,
    'every id says that it is version 7 of RFC 9562'
);
SELECT is_empty('SELECT id FROM made GROUP BY id HAVING count(*) > 1', 'no two of a thousand are the same');
SELECT is_empty(
    $$ SELECT id FROM made
       WHERE core.uuid7_time(id) NOT BETWEEN before - INTERVAL '1 millisecond' AND after + INTERVAL '1 millisecond' $$,
    'every id carries the time at which it was made'
);
SELECT cmp_ok(
    (SELECT count(DISTINCT right(id::text, 12)) FROM made), '>=', 999::bigint,
    'what follows the time is random: an id cannot be guessed from its neighbour'
);

CREATE TEMPORARY TABLE pair (first uuid, second uuid);
INSERT INTO pair (first) VALUES (core.uuid7());
SELECT pg_sleep(0.003);
UPDATE pair SET second = core.uuid7();
SELECT cmp_ok(
    (SELECT second FROM pair), '>', (SELECT first FROM pair), 'an id made milliseconds later sorts behind'
);

PREPARE make_one AS SELECT core.uuid7();
SET LOCAL ROLE authenticated;
SELECT throws_ok('make_one', '42501', NULL, 'a client makes no ids of the server');
SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('make_one', 'the kernel makes them');

RESET ROLE;
SELECT finish();
ROLLBACK;
