-- monitoring.sample_storage(): the sizes of a day, what bloat they show, by how much they grow, and when the disk is full.

BEGIN;
SELECT plan(18);
\ir ../fixtures/core_grants.psql

SELECT is_definer('monitoring', 'sample_storage', '{}'::name[]);
SELECT function_owner_is('monitoring', 'sample_storage', '{}'::name[], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('monitoring.sample_storage()'), ARRAY['tradebase_worker'], 'a worker takes the sample');

CREATE TABLE market.t_sizes (n integer CONSTRAINT t_sizes_pkey PRIMARY KEY, filler text NOT NULL);
INSERT INTO market.t_sizes SELECT n, repeat('f', 100) FROM generate_series(1, 1000) AS n;
CREATE TABLE market.t_empty (n integer);
ANALYZE market.t_sizes, market.t_empty;
SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS today \gset
DELETE FROM monitoring.storage_samples;
PREPARE sample AS SELECT monitoring.sample_storage() > 100;
PREPARE bloat_of AS
SELECT bloat_bytes > 0, round(bloat_percent, -1) FROM monitoring.bloat WHERE relation = 'market.t_sizes';

SET LOCAL ROLE tradebase_worker;
SELECT results_eq('sample', ARRAY[TRUE], 'of every table, leaf and index');
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    $$ SELECT s.relation, s.kind, s.of_table, s.bytes = t.bytes, s.row_estimate, s.expected_bytes = s.bytes
       FROM monitoring.storage_samples AS s LEFT JOIN monitoring.storage AS t USING (relation)
       WHERE s.of_table IN ('market.t_sizes', 'market.t_empty', 'database') ORDER BY s.relation $$,
    $$ VALUES
        ('database', 'database', 'database', NULL, NULL::bigint, NULL),
        ('market.t_empty', 'table', 'market.t_empty', TRUE, NULL, NULL),
        ('market.t_sizes', 'table', 'market.t_sizes', TRUE, 1000, TRUE),
        ('market.t_sizes_pkey', 'index', 'market.t_sizes', TRUE, 1000, TRUE) $$,
    'a table, its index and the whole database; where there is no row, none is expected to take room'
);
SELECT results_eq('bloat_of', 'VALUES (FALSE, 0::numeric)', 'the first sample knows no better');
SELECT results_eq(
    'SELECT days, bytes > 0, bytes_per_day, days_until_full, problem ~ ''two days'' FROM monitoring.capacity',
    'VALUES (1::bigint, TRUE, NULL::numeric, NULL::numeric, TRUE)', 'of one day no growth is known'
);

-- Yesterday so many rows took half of it, and a hundred days ago nobody cares.
SET LOCAL ROLE tradebase_kernel;
INSERT INTO monitoring.storage_samples (relation, sampled_on, kind, of_table, bytes, row_estimate, expected_bytes)
SELECT s.relation, s.sampled_on - d.ago, s.kind, s.of_table, s.bytes, s.row_estimate, s.bytes / 2
FROM monitoring.storage_samples AS s CROSS JOIN (VALUES (1), (91)) AS d (ago)
WHERE s.relation IN ('market.t_sizes', 'database');
UPDATE monitoring.storage_samples SET bytes = bytes - 1000000, expected_bytes = NULL
WHERE relation = 'database' AND sampled_on = :'today'::date - 1;
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('sample', ARRAY[TRUE], 'again on the same day it takes its place');
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('bloat_of', 'VALUES (TRUE, 50::numeric)', 'what once took half is half bloat');
SELECT results_eq(
    $$ SELECT count(*) FROM monitoring.storage_samples WHERE relation = 'market.t_sizes' $$, ARRAY[2::bigint],
    'and what is older than ninety days is gone'
);
SELECT results_eq(
    $$ SELECT days, bytes = table_bytes + index_bytes, bytes_per_day > 0 FROM monitoring.growth WHERE of_table = 'market.t_sizes' $$,
    'VALUES (2::bigint, TRUE, TRUE)', 'a table grows by what it was not the day before: its index'
);
SELECT results_eq(
    'SELECT days, round(bytes_per_day, -5) >= 1000000, capacity_bytes, days_until_full, problem ~ ''storage_capacity_gib'' FROM monitoring.capacity',
    'VALUES (2::bigint, TRUE, NULL::numeric, NULL::numeric, TRUE)', 'until when there is room nobody knows who does not know how much'
);
RESET ROLE;
SELECT system.set_config_value('storage_capacity_gib', '1', 'a test') IS NOT NULL AS is_set \gset
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    $$ SELECT capacity_bytes, used_percent > 0, days_until_full = round((capacity_bytes - bytes) / bytes_per_day, 1), problem FROM monitoring.capacity $$,
    $$ VALUES (1073741824::numeric, TRUE, TRUE, '') $$, 'told, it is so many days'
);
SET LOCAL ROLE tradebase_kernel;
UPDATE monitoring.storage_samples SET bytes = bytes + 1000000000000 WHERE relation = 'database';
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('SELECT days_until_full FROM monitoring.capacity', ARRAY[0.0], 'what is full already, is full in no time');
SET LOCAL ROLE tradebase_kernel;
UPDATE monitoring.storage_samples SET bytes = 1000000 WHERE relation = 'database';
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('SELECT days_until_full FROM monitoring.capacity', ARRAY[NULL::numeric], 'and what does not grow, never');

-- Then it was made smaller than it ever was.
SET LOCAL ROLE tradebase_kernel;
UPDATE monitoring.storage_samples SET expected_bytes = bytes, bytes = bytes * 2
WHERE relation = 'market.t_sizes' AND sampled_on < :'today';
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('sample', ARRAY[TRUE], 'with the least of yesterday');
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('bloat_of', 'VALUES (FALSE, 0::numeric)', 'what takes no more than ever is no bloat');
SELECT throws_ok('sample', '42501', NULL, 'who watches takes none');

RESET ROLE;
SELECT finish();
ROLLBACK;
