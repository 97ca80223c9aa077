-- ops.job_runs: one row per run of a job, whose status, times and detail never contradict each other.

BEGIN;
SELECT plan(26);

SELECT columns_are('ops', 'job_runs', ARRAY['id', 'job', 'started_at', 'finished_at', 'status', 'detail']);
SELECT col_type_is('ops', 'job_runs', 'id', 'bigint', 'an id is a bigint');
SELECT col_type_is('ops', 'job_runs', 'started_at', 'timestamp with time zone', 'a run knows its instant');
SELECT col_type_is('ops', 'job_runs', 'detail', 'jsonb', 'detail is jsonb');
SELECT col_is_pk('ops', 'job_runs', 'id', 'a run has an id');
SELECT indexes_are('ops', 'job_runs', ARRAY['job_runs_pkey', 'job_runs_job_idx', 'job_runs_failed_idx']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.job_runs'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

PREPARE start AS INSERT INTO ops.job_runs (job) VALUES ('ops.t_job');
PREPARE succeed AS
INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
VALUES ('ops.t_job_2', '2031-01-01 00:00:00+00', '2031-01-01 00:00:00+00', 'succeeded', '{"made": 3}');
PREPARE fail AS
INSERT INTO ops.job_runs (job, started_at, finished_at, status)
VALUES ('ops.t_job_3', '2031-01-01 00:00:00+00', '2031-01-01 00:00:01+00', 'failed');

SELECT lives_ok('start', 'a run starts with nothing but its job');
SELECT results_eq(
    $$ SELECT status, finished_at, detail, started_at BETWEEN transaction_timestamp() AND clock_timestamp()
       FROM ops.job_runs WHERE job = 'ops.t_job' $$,
    $$ VALUES ('running', NULL::timestamptz, '{}'::jsonb, TRUE) $$,
    'it is running then, since now, and has nothing to say yet'
);
SELECT lives_ok('succeed', 'a run may end in the instant in which it began');
SELECT lives_ok('fail', 'a run may fail');
SELECT is(
    (SELECT count(DISTINCT id) FROM ops.job_runs WHERE job ~ '^ops\.t_job'), 3::bigint, 'every run has an id of its own'
);

SELECT throws_ok(
    format('INSERT INTO ops.job_runs (%s) VALUES (%s)', wrong.columns, wrong.row), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ('job', 'NULL', '23502', 'a run is a run of something'),
    ('job', $$ 'vacuum' $$, '23514', 'a job is named with its schema'),
    ('job', $$ 'ops.Vacuum It' $$, '23514', 'a job is named as a function is'),
    ('job, detail', $$ 'ops.t_job', '[]' $$, '23514', 'detail is an object and no list'),
    ('job, detail', $$ 'ops.t_job', NULL $$, '23502', 'detail is never NULL'),
    (
        'job, status, finished_at', $$ 'ops.t_job', 'halfway', '2031-01-01' $$, '23514',
        'a status outside the list is refused'
    ),
    ('job, status', $$ 'ops.t_job', 'succeeded' $$, '23514', 'a run that has ended says when'),
    ('job, status', $$ 'ops.t_job', 'failed' $$, '23514', 'a run that has failed says when'),
    (
        'job, started_at, finished_at', $$ 'ops.t_job', '2031-01-01', '2031-01-02' $$, '23514',
        'a run that goes on has not ended'
    ),
    (
        'job, status, started_at, finished_at', $$ 'ops.t_job', 'succeeded', '2031-01-02', '2031-01-01' $$, '23514',
        'a run does not end before it began'
    ),
    ('id, job', $$ 1, 'ops.t_job' $$, '428C9', 'nobody chooses an id')
) AS wrong (columns, row, state, description);

PREPARE end_without_time AS UPDATE ops.job_runs SET status = 'succeeded' WHERE job = 'ops.t_job';
PREPARE end_with_time AS
UPDATE ops.job_runs SET status = 'succeeded', finished_at = clock_timestamp() WHERE job = 'ops.t_job';
SELECT throws_ok('end_without_time', '23514', NULL, 'a running job does not end without its time');
SELECT lives_ok('end_with_time', 'it ends with it');

SELECT throws_ok(
    $$ INSERT INTO ops.job_runs OVERRIDING SYSTEM VALUE
       SELECT r.* FROM ops.job_runs AS r WHERE r.job = 'ops.t_job' $$,
    '23505', 'duplicate key value violates unique constraint "job_runs_pkey"', 'an id is of one run'
);

SELECT finish();
ROLLBACK;
