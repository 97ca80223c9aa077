-- core.uuid7_time(): the time inside an id, to the millisecond, in any time zone, and cheap enough for a CHECK.

BEGIN;
SELECT plan(12);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('core', 'uuid7_time', ARRAY['uuid'], 'immutable', 'a CHECK and an index may rely on it');
SELECT is_strict('core', 'uuid7_time', ARRAY['uuid'], 'no id has no time');
SELECT is(
    pg_temp.who_may_execute('core.uuid7_time(uuid)'),
    ARRAY['anon', 'authenticated', 'service_role', 'tradebase_kernel'],
    'clients read the time in an id, and the kernel writes rows whose CHECK does'
);

SET LOCAL timezone = 'America/New_York';
SET LOCAL datestyle = 'SQL, DMY';
SELECT is(
    core.uuid7_time('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'), TIMESTAMPTZ '2022-02-22 19:22:22+00',
    'the example of RFC 9562 carries the time that the RFC says'
);
SELECT is(
    core.uuid7_time('00000000-0000-7000-8000-000000000000'), TIMESTAMPTZ '1970-01-01 00:00:00+00',
    'zero milliseconds are 1970'
);
SELECT is(
    core.uuid7_time('00000000-0001-7fff-bfff-ffffffffffff'), TIMESTAMPTZ '1970-01-01 00:00:00.001+00',
    'the random bits behind the time do not count'
);
SELECT is(
    date_trunc('second', core.uuid7_time('ffffffff-ffff-7000-8000-000000000000')),
    TIMESTAMPTZ '10889-08-02 05:31:50+00',
    'the largest time is not taken for a negative one'
);
SELECT is(core.uuid7_time(NULL), NULL, 'no id, no time');
SELECT is_empty(
    $$ SELECT t.at
       FROM generate_series(1, 2000) AS g (n)
       CROSS JOIN LATERAL (
           SELECT TIMESTAMPTZ '2031-03-09 06:59:59.001+00' + g.n * INTERVAL '1 millisecond' AS at
       ) AS t
       CROSS JOIN LATERAL (
           SELECT lpad(to_hex((extract(EPOCH FROM t.at) * 1000)::bigint), 12, '0') AS hex
       ) AS h
       WHERE core.uuid7_time((h.hex || '7abc8def0123456789ab')::uuid) <> t.at $$,
    'each of two thousand milliseconds in a row comes back exact'
);

-- A call that stays in the plan costs five times as much in every CHECK.
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    plan text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        plan := plan || line || E'\n';
    END LOOP;
    RETURN plan;
END
$$;
SELECT unalike(
    pg_temp.plan_of('SELECT core.uuid7_time(u.id) FROM (SELECT gen_random_uuid() AS id OFFSET 0) AS u'),
    '%uuid7_time%', 'the planner replaces the call by its body'
);

PREPARE read_time AS SELECT core.uuid7_time('017f22e2-79b0-7cc3-98c4-dc0c0c07398f') = '2022-02-22 19:22:22+00';
-- Under another name: a plan made before the role changed has the call inlined and asks for no right any more.
PREPARE support_reads_time AS SELECT core.uuid7_time('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
SET LOCAL ROLE anon;
SET LOCAL datestyle = 'ISO';
SELECT results_eq('read_time', ARRAY[TRUE], 'anybody reads the time in an id they hold');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('support_reads_time', '42501', NULL, 'who was not given it does not');

RESET ROLE;
SELECT finish();
ROLLBACK;
