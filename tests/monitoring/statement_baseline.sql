-- monitoring.statement_baseline: what a statement cost when all was well.

BEGIN;
SELECT plan(9);

SELECT columns_are('monitoring', 'statement_baseline', ARRAY[
    'query_id', 'role', 'is_toplevel', 'calls', 'total_us', 'buffers', 'saved_at', 'reset_at'
]);
SELECT col_is_pk('monitoring', 'statement_baseline', ARRAY['query_id', 'role', 'is_toplevel'], 'a statement is somebody''s');
SELECT indexes_are('monitoring', 'statement_baseline', ARRAY['statement_baseline_pkey']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'monitoring.statement_baseline'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

SELECT throws_ok(
    format('INSERT INTO monitoring.statement_baseline VALUES (%s)', wrong.row), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ 1, '', TRUE, 1, 1, 1, now(), now() $$, '23514', 'somebody has called it'),
    ($$ 1, 'r', TRUE, -1, 1, 1, now(), now() $$, '23514', 'not less than never'),
    ($$ 1, 'r', TRUE, 1, -1, 1, now(), now() $$, '23514', 'in no less than no time'),
    ($$ 1, 'r', TRUE, 1, 1, -1, now(), now() $$, '23514', 'and read no less than nothing'),
    ($$ 1, 'r', TRUE, 1, 1, 1, now(), NULL $$, '23502', 'counted since a moment')
) AS wrong (row, state, description);

SELECT finish();
ROLLBACK;
