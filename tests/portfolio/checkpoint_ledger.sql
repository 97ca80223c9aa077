-- portfolio.checkpoint_ledger(): each account as it was at a time, once, forwards only, and never while somebody writes.

BEGIN;
SELECT plan(28);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2019-03-01', '2019-05-01') AS made \gset

-- Nothing that was written before decides a test.
ALTER TABLE portfolio.ledger_checkpoints DISABLE TRIGGER ledger_checkpoints_append_only;
DELETE FROM portfolio.ledger_checkpoints;
ALTER TABLE portfolio.ledger_checkpoints ENABLE ALWAYS TRIGGER ledger_checkpoints_append_only;

SELECT is_definer('portfolio', 'checkpoint_ledger', ARRAY['timestamp with time zone'], 'who calls it reads no ledger');
SELECT function_owner_is('portfolio', 'checkpoint_ledger', ARRAY['timestamp with time zone'], 'tradebase_kernel', 'the kernel does');
SELECT is(
    pg_temp.who_may_execute('portfolio.checkpoint_ledger(timestamptz)'), ARRAY['tradebase_worker'],
    'it is for the worker'
);

-- What a user pays in, or takes out when it is less than nothing, and what the world outside gives for it.
CREATE FUNCTION pg_temp.pay(
    at timestamptz, user_id uuid, asset_id integer, amount numeric, after numeric, version bigint,
    held numeric DEFAULT 0
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO portfolio.ledger_entries (
        created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held, available_after, held_after,
        version
    )
    SELECT pay.at, j.id, 'adjustment', j.id, l.user_id, pay.asset_id, l.amount, l.held, l.after, l.held_after, l.version
    FROM (SELECT core.uuid7() AS id) AS j
    CROSS JOIN LATERAL (VALUES
        (pay.user_id, pay.amount, pay.held, pay.after, pay.held, pay.version),
        ('00000000-0000-7000-8000-000000000002'::uuid, -pay.amount - pay.held, 0, NULL, NULL, NULL)
    ) AS l (user_id, amount, held, after, held_after, version)
$$;
SELECT pg_temp.pay('2019-03-05 10:00:00+00', :'alice', :t1usd, 100.25, 100.25, 1);
SELECT pg_temp.pay('2019-03-06 10:00:00+00', :'alice', :t1usd, -40, 60.25, 2, held => 15);
SELECT pg_temp.pay('2019-03-06 10:00:00+00', :'bob', :t1usd, 7, 7, 1);
SELECT pg_temp.pay('2019-03-07 10:00:00+00', :'bob', :t1btc, 0.000000000000000001, 0.000000000000000001, 1);
SELECT pg_temp.pay('2019-03-31 23:59:59.999999+00', :'bob', :t1usd, 1, 8, 2);
SELECT pg_temp.pay('2019-04-01 00:00:00+00', :'bob', :t1usd, 2, 10, 3);

PREPARE in_march AS SELECT portfolio.checkpoint_ledger('2019-04-01 00:00:00+00');
PREPARE in_april AS SELECT portfolio.checkpoint_ledger('2019-05-01 00:00:00+00');
PREPARE before_march AS SELECT portfolio.checkpoint_ledger('2019-03-31 23:59:59+00');
PREPARE written(timestamptz) AS
SELECT c.user_id, a.code, c.version, trim_scale(c.available)::text, trim_scale(c.held)::text
FROM portfolio.ledger_checkpoints AS c JOIN market.assets AS a ON a.id = c.asset_id
WHERE c.as_of = $1 AND a.code LIKE 'T1%' ORDER BY c.user_id, a.code COLLATE "C";

-- Who may
SET LOCAL ROLE anon;
SELECT throws_ok('in_march', '42501', NULL, 'nobody off the street closes a month');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('in_march', '42501', NULL, 'nor does Alice');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok('in_march', '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('in_march', '42501', NULL, 'nor an operator');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('in_march', '42501', NULL, 'nor an engine');

-- A time that is over
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    'SELECT portfolio.checkpoint_ledger(NULL)', 'TR010', 'as_of is a time at least a minute ago', 'a time is needed'
);
SELECT throws_ok(
    $$ SELECT portfolio.checkpoint_ledger(clock_timestamp() + INTERVAL '1 day') $$, 'TR010', NULL, 'not one to come'
);
SELECT throws_ok(
    $$ SELECT portfolio.checkpoint_ledger('infinity') $$, 'TR010', NULL, 'nor the end of time'
);
SELECT throws_ok(
    $$ SELECT portfolio.checkpoint_ledger('-infinity') $$, 'TR010', NULL, 'nor its beginning'
);
SELECT throws_ok(
    $$ SELECT portfolio.checkpoint_ledger(clock_timestamp() - INTERVAL '30 seconds') $$, 'TR010', NULL,
    'nor one so near that somebody may have read the clock and not yet written'
);
SELECT results_eq(
    $$ SELECT portfolio.checkpoint_ledger('4713-01-01 00:00:00+00 BC') $$, ARRAY[0], 'before everything is nothing'
);

-- March
SELECT results_eq('in_march', ARRAY[5], 'three accounts of customers and two of the world outside');
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE written('2019-04-01 00:00:00+00') $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000002'::uuid, 'T1BTC', NULL::bigint, '-0.000000000000000001', '0'),
        ('00000000-0000-7000-8000-000000000002', 'T1USD', NULL, '-83.25', '0'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 2, '60.25', '15'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 1, '0.000000000000000001', '0'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 2, '8', '0') $$,
    'the last moment of March is in it, the first of April is not'
);
SELECT results_eq(
    $$ SELECT trim_scale(sum(c.available + c.held))::text FROM portfolio.ledger_checkpoints AS c
       JOIN market.assets AS a ON a.id = c.asset_id WHERE a.code = 'T1USD' $$, ARRAY['0'], 'together they own nothing'
);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('in_march', ARRAY[0], 'once');
SELECT throws_ok('before_march', 'TR010', 'as_of lies before the last checkpoint', 'and never back');
RESET ROLE;
SELECT is(
    pg_temp.detail_of('EXECUTE before_march'), '{"argument": "as_of", "last": "2019-04-01T00:00:00+00:00"}',
    'the detail tells the last one'
) FROM set_config('timezone', 'UTC', TRUE);

-- April, with March gone
ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2019_03;
SELECT pg_temp.pay('2019-04-10 10:00:00+00', :'alice', :t1btc, 3, 3, 1);
-- A clock that went back: the version is the order of a balance.
SELECT pg_temp.pay('2019-05-01 00:00:00.5+00', :'bob', :t1usd, 1, 11, 4);
SELECT pg_temp.pay('2019-04-30 23:59:59.5+00', :'bob', :t1usd, 1, 12, 5);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('in_april', ARRAY[4], 'only what moved since');
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE written('2019-05-01 00:00:00+00') $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000002'::uuid, 'T1BTC', NULL::bigint, '-3.000000000000000001', '0'),
        ('00000000-0000-7000-8000-000000000002', 'T1USD', NULL, '-86.25', '0'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC', 1, '3', '0'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 5, '12', '0') $$,
    'it goes on from the last one, which stands for what is gone'
);
SELECT results_eq(
    $$ EXECUTE written('2019-04-01 00:00:00+00') $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000002'::uuid, 'T1BTC', NULL::bigint, '-0.000000000000000001', '0'),
        ('00000000-0000-7000-8000-000000000002', 'T1USD', NULL, '-83.25', '0'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 2, '60.25', '15'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 1, '0.000000000000000001', '0'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 2, '8', '0') $$,
    'which stays as it is'
);
-- May: the entry whose clock was right does not come twice.
SELECT pg_temp.pay('2019-05-02 10:00:00+00', :'alice', :t1btc, 1, 4, 2);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ SELECT portfolio.checkpoint_ledger('2019-06-01 00:00:00+00') $$, ARRAY[3], 'an entry that is in it is in it once'
);
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE written('2019-06-01 00:00:00+00') $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000002'::uuid, 'T1BTC', NULL::bigint, '-4.000000000000000001', '0'),
        ('00000000-0000-7000-8000-000000000002', 'T1USD', NULL, '-87.25', '0'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC', 2, '4', '0') $$,
    'nor does it come late'
);
SELECT results_eq(
    $$ SELECT trim_scale(sum(l.available + l.held))::text FROM (
           SELECT DISTINCT ON (c.user_id) c.available, c.held FROM portfolio.ledger_checkpoints AS c
           JOIN market.assets AS a ON a.id = c.asset_id WHERE a.code = 'T1USD' ORDER BY c.user_id, c.as_of DESC
       ) AS l $$, ARRAY['0'], 'the last ones together still own nothing'
);
SELECT is(
    (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc
     WHERE oid = 'portfolio.checkpoint_ledger(timestamptz)'::regprocedure), TRUE, 'it finds no name by a search path'
);
PREPARE read_checkpoints AS SELECT count(*) FROM portfolio.ledger_checkpoints;
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('read_checkpoints', '42501', NULL, 'the worker learns how many, not what');
RESET ROLE;

SELECT finish();
ROLLBACK;
