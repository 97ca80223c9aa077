-- ops.recovery_drills: one restore that was tried; a good one says what a disaster would have cost.

BEGIN;
SELECT plan(34);

SELECT columns_are('ops', 'recovery_drills', ARRAY[
    'id', 'kind', 'repository', 'target', 'started_at', 'finished_at', 'status', 'rpo', 'rto', 'detail'
]);
SELECT col_is_pk('ops', 'recovery_drills', 'id', 'a drill has an id');
SELECT indexes_are('ops', 'recovery_drills', ARRAY['recovery_drills_pkey', 'recovery_drills_succeeded_idx']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.recovery_drills'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

PREPARE drill AS
INSERT INTO ops.recovery_drills (kind, repository, target, started_at, finished_at, status, rpo, rto)
VALUES
    ('archive', 1, 't_good', '2031-01-01 00:00:00+00', '2031-01-01 00:00:00+00', 'succeeded', '0', '0'),
    ('region', 2, 't_good', '2031-01-01 00:00:00+00', '2031-01-01 00:01:00+00', 'succeeded', '1 s', '7 s');
PREPARE restore_a_dump AS
INSERT INTO ops.recovery_drills (kind, target, started_at, finished_at, status, rpo, rto)
VALUES ('export', 't_dump', '2031-01-01 00:00:00+00', '2031-01-01 00:01:00+00', 'succeeded', '1 day', '1 min');
PREPARE fail AS
INSERT INTO ops.recovery_drills (kind, repository, target, started_at, status)
VALUES ('archive', 2, 't_failed', clock_timestamp(), 'failed');

SELECT lives_ok('drill', 'a backup is restored from either repository, and may cost nothing');
SELECT lives_ok('restore_a_dump', 'a dump lies in none');
SELECT lives_ok('fail', 'one that failed may know nothing, and is over now');
SELECT results_eq(
    $$ SELECT d.detail, d.finished_at BETWEEN d.started_at AND clock_timestamp() FROM ops.recovery_drills AS d
       WHERE d.target = 't_failed' $$,
    $$ VALUES ('{}'::jsonb, TRUE) $$, 'nor have anything to say'
);
SELECT is(
    (SELECT count(DISTINCT d.id) FROM ops.recovery_drills AS d WHERE d.target LIKE 't\_%'), 4::bigint,
    'every drill has an id of its own'
);

SELECT throws_ok(
    format($$ UPDATE ops.recovery_drills SET %s WHERE target = 't_good' AND repository = 2 $$, wrong.change),
    wrong.state, NULL, wrong.description
)
FROM (VALUES
    ('kind = NULL', '23502', 'a drill is of some kind'),
    ($$ kind = 'dream' $$, '23514', 'of the list'),
    ($$ kind = 'export' $$, '23514', 'a dump is in no repository'),
    ('repository = NULL', '23514', 'a backup is in one'),
    ('repository = 0', '23514', 'of the first'),
    ('repository = 3', '23514', 'or the second'),
    ('target = NULL', '23502', 'it goes up to somewhere'),
    ($$ target = '' $$, '23514', 'that has a name'),
    ($$ target = repeat('x', 201) $$, '23514', 'and no novel'),
    ('started_at = NULL', '23502', 'it began'),
    ('finished_at = NULL', '23502', 'and is over'),
    ($$ finished_at = '2030-12-31' $$, '23514', 'not before it began'),
    ('status = NULL', '23502', 'it ended somehow'),
    ($$ status = 'running' $$, '23514', 'well or not'),
    ('rpo = NULL', '23514', 'a good one says what was lost'),
    ('rto = NULL', '23514', 'and how long it took'),
    ($$ rpo = '-1 ms' $$, '23514', 'nobody loses less than nothing'),
    ($$ rto = '-1 ms' $$, '23514', 'or is back before'),
    ('detail = NULL', '23502', 'detail is never NULL'),
    ($$ detail = '[]' $$, '23514', 'nor a list'),
    ('id = 1', '428C9', 'nobody chooses an id')
) AS wrong (change, state, description);

PREPARE half_known AS UPDATE ops.recovery_drills SET rto = '3 s' WHERE target = 't_failed';
PREPARE no_success AS UPDATE ops.recovery_drills SET status = 'succeeded' WHERE target = 't_failed';
SELECT lives_ok('half_known', 'one that failed may know how long it took');
SELECT throws_ok('no_success', '23514', NULL, 'and is no good one for that');
SELECT throws_ok(
    $$ INSERT INTO ops.recovery_drills OVERRIDING SYSTEM VALUE
       SELECT d.* FROM ops.recovery_drills AS d WHERE d.target = 't_failed' $$,
    '23505', 'duplicate key value violates unique constraint "recovery_drills_pkey"', 'an id is of one drill'
);
SELECT results_eq(
    $$ SELECT d.repository FROM ops.recovery_drills AS d
       WHERE d.kind = 'region' AND d.status = 'succeeded' AND d.finished_at >= '2031-01-01'
       ORDER BY d.finished_at DESC LIMIT 1 $$,
    ARRAY[2::smallint], 'the last good one of a kind is easily asked for'
);

SELECT finish();
ROLLBACK;
