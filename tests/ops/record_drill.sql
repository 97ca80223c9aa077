-- ops.record_drill(): a worker keeps on record how a restore went; it is over at that moment, by the server's clock.

BEGIN;
SELECT plan(24);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/let_in.psql
\set signature 'ops.record_drill(text, integer, text, timestamptz, text, interval, interval, jsonb)'

SELECT is(
    ARRAY(SELECT prosecdef FROM pg_proc WHERE oid = :'signature'::regprocedure), ARRAY[TRUE], 'it runs as its owner'
);
SELECT is(
    ARRAY(SELECT proowner::regrole::text FROM pg_proc WHERE oid = :'signature'::regprocedure),
    ARRAY['tradebase_kernel'], 'which is the kernel'
);
SELECT is(pg_temp.who_may_execute(:'signature'), ARRAY['tradebase_worker'], 'the worker may');
SELECT is(
    pg_temp.let_in($$ SELECT ops.record_drill('archive', 1, 'end', '2026-01-01', 'failed', NULL, NULL) $$),
    ARRAY['tradebase_worker'], 'and nobody else'
);

SET LOCAL ROLE tradebase_worker;
SELECT ops.record_drill(
    'archive', 2, 't_mark', '2026-01-01 00:00:00+00', 'succeeded', '1.5 s', '7 s', '{"restored": true}'
) AS good \gset
SELECT results_eq(
    format($$
        SELECT kind, repository, target, started_at, status, rpo, rto, detail, finished_at >= transaction_timestamp()
        FROM ops.recovery_drills WHERE id = %L
    $$, :'good'),
    $$ VALUES (
        'archive', 2::smallint, 't_mark', '2026-01-01 00:00:00+00'::timestamptz, 'succeeded', INTERVAL '1.5 s',
        INTERVAL '7 s', '{"restored": true}'::jsonb, TRUE
    ) $$, 'a good one is kept as it was told, and is over now'
);
SELECT ops.record_drill('region', 2, 't_standby', '2026-01-01', 'failed', NULL, NULL) AS bad \gset
SELECT results_eq(
    format('SELECT status, rpo, rto, detail FROM ops.recovery_drills WHERE id = %L', :'bad'),
    $$ VALUES ('failed', NULL::interval, NULL::interval, '{}'::jsonb) $$, 'one that failed may know nothing'
);
SELECT lives_ok(
    $$ SELECT ops.record_drill('export', NULL, 't_dump', '2026-01-01', 'succeeded', '1 day', '1 min') $$,
    'a dump comes out of no repository'
);

SELECT throws_ok(
    format('SELECT ops.record_drill(%s)', wrong.arguments), 'TR010', 'this is no drill: see argument ' || wrong.argument,
    wrong.description
)
FROM (VALUES
    ($$ NULL, 1, 'end', '2026-01-01', 'failed', NULL, NULL $$, 'kind', 'a drill is of a kind'),
    ($$ 'dream', 1, 'end', '2026-01-01', 'failed', NULL, NULL $$, 'kind', 'of the list'),
    ($$ 'archive', NULL, 'end', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'a backup comes out of one'),
    ($$ 'archive', 3, 'end', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'of the two'),
    ($$ 'archive', 65537, 'end', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'and no large number'),
    ($$ 'export', 1, 'end', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'a dump out of none'),
    ($$ 'archive', 1, '', '2026-01-01', 'failed', NULL, NULL $$, 'target', 'it goes up to somewhere'),
    ($$ 'archive', 1, NULL, '2026-01-01', 'failed', NULL, NULL $$, 'target', 'that is known'),
    (
        $$ 'archive', 1, 'end', clock_timestamp() + INTERVAL '1 hour', 'failed', NULL, NULL $$, 'started_at',
        'it has begun'
    ),
    ($$ 'archive', 1, 'end', NULL, 'failed', NULL, NULL $$, 'started_at', 'at some time'),
    ($$ 'archive', 1, 'end', '2026-01-01', 'running', NULL, NULL $$, 'status', 'and is over'),
    ($$ 'archive', 1, 'end', '2026-01-01', NULL, NULL, NULL $$, 'status', 'well or not'),
    ($$ 'archive', 1, 'end', '2026-01-01', 'succeeded', NULL, '1 s' $$, 'rpo', 'a good one says what would be lost'),
    ($$ 'archive', 1, 'end', '2026-01-01', 'failed', '-1 s', '1 s' $$, 'rpo', 'never less than nothing'),
    ($$ 'archive', 1, 'end', '2026-01-01', 'succeeded', '1 s', NULL $$, 'rto', 'and how long it took'),
    ($$ 'archive', 1, 'end', '2026-01-01', 'failed', NULL, '-1 s' $$, 'rto', 'never less than nothing'),
    ($$ 'archive', 1, 'end', '2026-01-01', 'failed', NULL, NULL, '[]' $$, 'detail', 'what was found has names')
) AS wrong (arguments, argument, description);

RESET ROLE;
SELECT finish();
ROLLBACK;
