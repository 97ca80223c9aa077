-- ops.partition_bounds(): from when to when each leaf goes, the same instant whatever zone and style the session has.

BEGIN;
SELECT plan(9);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('ops', 'partition_bounds', ARRAY['regclass'], 'stable', 'it only looks');
SELECT isnt_definer('ops', 'partition_bounds', ARRAY['regclass'], 'the catalogs are open to everybody');
SELECT is(
    pg_temp.who_may_execute('ops.partition_bounds(regclass)'),
    ARRAY['tradebase_kernel', 'tradebase_monitor', 'tradebase_operator', 'tradebase_worker'],
    'it is for those who watch and operate'
);

CREATE TABLE market.t_readings (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market.t_empty (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE partitions.t_readings_2031_02 PARTITION OF market.t_readings
FOR VALUES FROM ('2031-02-01 00:00:00+00') TO ('2031-03-01 00:00:00+00');
CREATE TABLE partitions."t_Readings 2031_01" PARTITION OF market.t_readings
FOR VALUES FROM ('2031-01-01 00:00:00.000001+00') TO ('2031-02-01 00:00:00+00');
CREATE TABLE partitions.t_readings_old PARTITION OF market.t_readings
FOR VALUES FROM (MINVALUE) TO ('2031-01-01 00:00:00+00');
CREATE TABLE partitions.t_readings_open PARTITION OF market.t_readings
FOR VALUES FROM ('infinity') TO (MAXVALUE);
CREATE TABLE partitions.t_readings_rest PARTITION OF market.t_readings DEFAULT;

PREPARE bounds AS
SELECT leaf::text, is_default, from_at, to_at
FROM ops.partition_bounds('market.t_readings') WITH ORDINALITY ORDER BY ordinality;
PREPARE expected AS
SELECT b.leaf, b.is_default, b.from_at::timestamptz, b.to_at::timestamptz
FROM (VALUES
    (1, 'partitions."t_Readings 2031_01"', FALSE, '2031-01-01 00:00:00.000001+00', '2031-02-01 00:00:00+00'),
    (2, 'partitions.t_readings_2031_02', FALSE, '2031-02-01 00:00:00+00', '2031-03-01 00:00:00+00'),
    (3, 'partitions.t_readings_open', FALSE, 'infinity', NULL),
    (4, 'partitions.t_readings_old', FALSE, NULL, '2031-01-01 00:00:00+00'),
    (5, 'partitions.t_readings_rest', TRUE, NULL, NULL)
) AS b (n, leaf, is_default, from_at, to_at)
ORDER BY b.n;

SELECT results_eq('bounds', 'expected', 'every leaf says its bounds in the order of time; an open end is NULL');
SET LOCAL timezone = 'America/New_York';
SET LOCAL datestyle = 'SQL, DMY';
SELECT results_eq('bounds', 'expected', 'in New York, with days before months, they are the same instants');
SET LOCAL timezone = 'Asia/Kolkata';
SET LOCAL datestyle = 'German';
SELECT results_eq('bounds', 'expected', 'in Kolkata too, where IST is printed and would be read as Israel''s time');

SELECT is_empty(
    $$ SELECT leaf FROM ops.partition_bounds('market.t_empty') $$, 'a table without a leaf has no bounds'
);

PREPARE look AS SELECT count(*) > 1 FROM ops.partition_policies AS p, ops.partition_bounds(p.parent);
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('look', ARRAY[TRUE], 'a monitor looks, without any right on the leaves');
SET LOCAL ROLE authenticated;
SELECT throws_ok(
    'SELECT leaf FROM ops.partition_bounds(2200)', '42501', 'permission denied for schema ops', 'a client does not'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
