-- ops.backups: one backup or export that was made, or failed; what succeeded has a name by which it is restored.

BEGIN;
SELECT plan(28);

SELECT columns_are('ops', 'backups', ARRAY[
    'id', 'repository', 'label', 'kind', 'started_at', 'finished_at', 'bytes', 'repository_bytes', 'status', 'detail'
]);
SELECT col_is_pk('ops', 'backups', 'id', 'a backup has an id');
SELECT indexes_are('ops', 'backups', ARRAY['backups_pkey', 'backups_kind_idx']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.backups'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

PREPARE back_up AS
INSERT INTO ops.backups (kind, repository, label, started_at, finished_at, bytes, repository_bytes, status)
VALUES
    ('full', 1, 't_full', '2031-01-01 00:00:00+00', '2031-01-01 00:00:00+00', 0, 0, 'succeeded'),
    ('diff', 2, 't_diff', '2031-01-01 00:00:00+00', '2031-01-01 00:01:00+00', 9, 1, 'succeeded'),
    ('incr', 2, 't_incr', '2031-01-01 00:00:00+00', '2031-01-01 00:02:00+00', 9, 1, 'succeeded');
PREPARE export AS
INSERT INTO ops.backups (kind, label, started_at, finished_at, status)
VALUES ('export', 't_export', '2031-01-01 00:00:00+00', '2031-01-01 00:01:00+00', 'succeeded');
PREPARE fail AS
INSERT INTO ops.backups (kind, repository, started_at, status) VALUES ('full', 2, clock_timestamp(), 'failed');

SELECT lives_ok('back_up', 'a backup is made in either repository');
SELECT lives_ok('export', 'an export lies in none');
SELECT lives_ok('fail', 'one that failed has no label, no size, and is over now');
SELECT results_eq(
    $$ SELECT b.detail, b.finished_at BETWEEN b.started_at AND clock_timestamp() FROM ops.backups AS b
       WHERE b.status = 'failed' AND b.label IS NULL AND b.started_at >= transaction_timestamp() $$,
    $$ VALUES ('{}'::jsonb, TRUE) $$, 'nor has it anything to say'
);

SELECT throws_ok(
    format($$ UPDATE ops.backups SET %s WHERE label = 't_full' $$, wrong.change), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ('repository = 0', '23514', 'there are two repositories'),
    ('repository = 3', '23514', 'and no third'),
    ('repository = NULL', '23514', 'a backup lies in one'),
    ($$ kind = 'export' $$, '23514', 'an export in none'),
    ($$ kind = 'copy' $$, '23514', 'a kind is of the list'),
    ('kind = NULL', '23502', 'and known'),
    ('label = NULL', '23514', 'what succeeded has a label'),
    ($$ label = '' $$, '23514', 'that can be read'),
    ($$ label = repeat('x', 201) $$, '23514', 'and is no novel'),
    ('started_at = NULL', '23502', 'it began'),
    ('finished_at = NULL', '23502', 'and is over'),
    ($$ finished_at = '2030-12-31' $$, '23514', 'not before it began'),
    ('bytes = -1', '23514', 'nothing is smaller than nothing'),
    ('repository_bytes = -1', '23514', 'wherever it lies'),
    ('status = NULL', '23502', 'it ended somehow'),
    ($$ status = 'running' $$, '23514', 'well or not'),
    ('detail = NULL', '23502', 'detail is never NULL'),
    ($$ detail = '[]' $$, '23514', 'nor a list'),
    ('id = 1', '428C9', 'nobody chooses an id')
) AS wrong (change, state, description);
SELECT throws_ok(
    $$ INSERT INTO ops.backups OVERRIDING SYSTEM VALUE SELECT b.* FROM ops.backups AS b WHERE b.label = 't_full' $$,
    '23505', 'duplicate key value violates unique constraint "backups_pkey"', 'an id is of one backup'
);

SELECT finish();
ROLLBACK;
