-- ops.record_backup(): a worker keeps on record that a backup was made; it is over at that moment, by the server's clock.

BEGIN;
SELECT plan(25);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/let_in.psql
\set signature 'ops.record_backup(text, integer, text, timestamptz, text, bigint, bigint, jsonb)'

SELECT is(
    ARRAY(SELECT prosecdef FROM pg_proc WHERE oid = :'signature'::regprocedure), ARRAY[TRUE], 'it runs as its owner'
);
SELECT is(
    ARRAY(SELECT proowner::regrole::text FROM pg_proc WHERE oid = :'signature'::regprocedure),
    ARRAY['tradebase_kernel'], 'which is the kernel'
);
SELECT is(pg_temp.who_may_execute(:'signature'), ARRAY['tradebase_worker'], 'the worker may');
SELECT is(
    pg_temp.let_in($$ SELECT ops.record_backup('full', 1, NULL, '2026-01-01', 'failed', NULL, NULL) $$),
    ARRAY['tradebase_worker'], 'and nobody else'
);

GRANT EXECUTE ON FUNCTION pg_temp.detail_of(text) TO tradebase_worker;
SET LOCAL ROLE tradebase_worker;
SELECT ops.record_backup(
    'diff', 2, 't_label', '2026-01-01 00:00:00+00', 'succeeded', 100, 10, '{"wal_from": "1"}'
) AS good \gset
SELECT results_eq(
    format($$
        SELECT kind, repository, label, started_at, status, bytes, repository_bytes, detail,
            finished_at >= transaction_timestamp()
        FROM ops.backups WHERE id = %L
    $$, :'good'),
    $$ VALUES (
        'diff', 2::smallint, 't_label', '2026-01-01 00:00:00+00'::timestamptz, 'succeeded', 100::bigint, 10::bigint,
        '{"wal_from": "1"}'::jsonb, TRUE
    ) $$, 'a good one is kept as it was told, and is over now'
);
SELECT ops.record_backup('full', 1, NULL, '2026-01-01', 'failed', NULL, NULL) AS bad \gset
SELECT results_eq(
    format('SELECT status, label, bytes, repository_bytes, detail FROM ops.backups WHERE id = %L', :'bad'),
    $$ VALUES ('failed', NULL::text, NULL::bigint, NULL::bigint, '{}'::jsonb) $$, 'one that failed may know nothing'
);
SELECT lives_ok(
    $$ SELECT ops.record_backup('export', NULL, 't_dump', '2026-01-01', 'succeeded', 1, 1) $$,
    'an export lies in no repository'
);

SELECT is(
    pg_temp.detail_of(format('SELECT ops.record_backup(%s)', wrong.arguments)) ->> 'argument', wrong.argument,
    wrong.description
)
FROM (VALUES
    ($$ NULL, 1, 'x', '2026-01-01', 'failed', NULL, NULL $$, 'kind', 'a backup is of a kind'),
    ($$ 'copy', 1, 'x', '2026-01-01', 'failed', NULL, NULL $$, 'kind', 'of the list'),
    ($$ 'full', NULL, 'x', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'it lies in a repository'),
    ($$ 'full', 3, 'x', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'one of the two'),
    ($$ 'full', 65537, 'x', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'and no large number'),
    ($$ 'export', 1, 'x', '2026-01-01', 'failed', NULL, NULL $$, 'repository', 'an export in none'),
    ($$ 'full', 1, NULL, '2026-01-01', 'succeeded', 1, 1 $$, 'label', 'what succeeded has a label'),
    ($$ 'full', 1, '', '2026-01-01', 'failed', NULL, NULL $$, 'label', 'that can be read'),
    (
        $$ 'full', 1, 'x', clock_timestamp() + INTERVAL '1 hour', 'failed', NULL, NULL $$, 'started_at', 'it has begun'
    ),
    ($$ 'full', 1, 'x', NULL, 'failed', NULL, NULL $$, 'started_at', 'at some time'),
    ($$ 'full', 1, 'x', '2026-01-01', 'running', NULL, NULL $$, 'status', 'and is over'),
    ($$ 'full', 1, 'x', '2026-01-01', NULL, NULL, NULL $$, 'status', 'well or not'),
    ($$ 'full', 1, 'x', '2026-01-01', 'failed', -1, NULL $$, 'bytes', 'nothing is smaller than nothing'),
    ($$ 'full', 1, 'x', '2026-01-01', 'failed', NULL, -1 $$, 'repository_bytes', 'wherever it lies'),
    ($$ 'full', 1, 'x', '2026-01-01', 'failed', NULL, NULL, '[]' $$, 'detail', 'what is told has names'),
    ($$ 'full', 1, 'x', '2026-01-01', 'failed', NULL, NULL, NULL $$, 'detail', 'and is there')
) AS wrong (arguments, argument, description);

SELECT throws_ok(
    $$ SELECT ops.record_backup('copy', 1, 'x', '2026-01-01', 'failed', NULL, NULL) $$, 'TR010', NULL,
    'all of this is one refusal'
);
SELECT throws_ok(
    $$ SELECT ops.record_backup('full', 1, '', '2026-01-01', 'succeeded', 1, 1) $$, 'TR010', NULL,
    'an empty label is no label'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
