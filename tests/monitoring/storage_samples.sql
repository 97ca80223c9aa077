-- monitoring.storage_samples: how large something was on a day, bounded, once a day.

BEGIN;
SELECT plan(14);

SELECT columns_are('monitoring', 'storage_samples', ARRAY[
    'relation', 'sampled_on', 'kind', 'of_table', 'bytes', 'row_estimate', 'expected_bytes'
]);
SELECT col_is_pk('monitoring', 'storage_samples', ARRAY['relation', 'sampled_on'], 'a relation has one size a day');
SELECT indexes_are('monitoring', 'storage_samples', ARRAY['storage_samples_pkey', 'storage_samples_sampled_on_idx']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'monitoring.storage_samples'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

PREPARE sample AS
INSERT INTO monitoring.storage_samples VALUES
('market.t_sizes', '2031-01-01', 'table', 'market.t_sizes', 8192, 7, 8192), ('t_whole', '2031-01-01', 'database', 't', 0, NULL, NULL);
SELECT lives_ok('sample', 'rows may not be known, and nothing may take no room');
SELECT throws_ok('sample', '23505', NULL, 'it is once a day');
SELECT throws_ok(
    format('INSERT INTO monitoring.storage_samples VALUES (%s)', wrong.row), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ '', '2031-01-02', 'table', 't', 1, 1, 1 $$, '23514', 'a relation has a name'),
    ($$ repeat('r', 201), '2031-01-02', 'table', 't', 1, 1, 1 $$, '23514', 'of at most 200 characters'),
    ($$ 't', '2031-01-02', 'view', 't', 1, 1, 1 $$, '23514', 'a view takes no room'),
    ($$ 't', '2031-01-02', 'table', '', 1, 1, 1 $$, '23514', 'it is of some table'),
    ($$ 't', '2031-01-02', 'table', 't', -1, NULL, NULL $$, '23514', 'no size is negative'),
    ($$ 't', '2031-01-02', 'table', 't', 1, 0, 1 $$, '23514', 'no rows are not known rows'),
    ($$ 't', '2031-01-02', 'table', 't', 1, 1, 2 $$, '23514', 'what is expected is no more than there is'),
    ($$ 't', NULL, 'table', 't', 1, 1, 1 $$, '23502', 'a sample has its day')
) AS wrong (row, state, description);

SELECT finish();
ROLLBACK;
