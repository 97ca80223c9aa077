-- ops.leaf_period(): a name that ops.ensure_partitions() gives says whose leaf it is and from when to when it goes.

BEGIN;
SELECT plan(9);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('ops', 'leaf_period', ARRAY['name'], 'stable', 'it only looks');
SELECT is(
    pg_temp.who_may_execute('ops.leaf_period(name)'),
    ARRAY['tradebase_kernel', 'tradebase_monitor', 'tradebase_operator', 'tradebase_worker'], 'for whom leaves concern'
);
SELECT is_empty(
    $$ SELECT b.leaf FROM ops.partition_policies AS p CROSS JOIN LATERAL ops.partition_bounds(p.parent) AS b JOIN pg_class AS c ON c.oid = b.leaf
       LEFT JOIN LATERAL ops.leaf_period(c.relname) AS n ON TRUE
       WHERE c.relname <> 'orders_open' AND (n.parent, n.from_at, n.to_at) IS DISTINCT FROM (p.parent, b.from_at, b.to_at) $$,
    'the name of every leaf of the release says what its bounds say'
);
SELECT is_empty($$ SELECT * FROM ops.leaf_period('orders_open') $$, 'the open book has no period');

DELETE FROM ops.partition_policies;
CREATE TABLE market.t_days (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market."t Weeks" (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market.t_months (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market.t_months_2031 (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
CREATE TABLE market.t_years (read_at timestamptz NOT NULL) PARTITION BY RANGE (read_at);
INSERT INTO ops.partition_policies (parent, period) VALUES
('market.t_days', 'day'), ('market."t Weeks"', 'week'), ('market.t_months', 'month'), ('market.t_months_2031', 'year'),
('market.t_years', 'year');
SELECT ops.ensure_partitions('market.t_days', '2031-12-30', '2032-03-02');
SELECT ops.ensure_partitions('market."t Weeks"', '2030-12-01', '2037-01-31');
SELECT ops.ensure_partitions('market.t_months', '2031-01-01', '2032-02-28');
SELECT ops.ensure_partitions('market.t_years', '1999-12-31', '2032-01-01');
SELECT results_eq(
    $$ SELECT count(*), count(n.parent) FROM ops.partition_policies AS p CROSS JOIN LATERAL ops.partition_bounds(p.parent) AS b
       JOIN pg_class AS c ON c.oid = b.leaf
       LEFT JOIN LATERAL ops.leaf_period(c.relname) AS n ON (n.parent, n.from_at, n.to_at) = (p.parent, b.from_at, b.to_at) $$,
    $$ SELECT 64 + 323 + 14 + 34::bigint, 64 + 323 + 14 + 34::bigint $$,
    'days over a leap day, weeks over years of 53, months and years: each name says its bounds'
);
SET LOCAL timezone = 'Pacific/Auckland';
SELECT results_eq(
    $$ SELECT parent::text, from_at, to_at FROM ops.leaf_period('t_months_2031_01') $$,
    $$ VALUES ('market.t_months', TIMESTAMPTZ '2031-01-01 00:00:00+00', TIMESTAMPTZ '2031-02-01 00:00:00+00') $$,
    'in UTC wherever it is asked; a year of one table is no month of another'
);
SELECT is_empty(
    $$ SELECT w.name FROM (VALUES
           ('t_months'), ('t_months_'), ('t_months_2031_00'), ('t_months_2031_13'), ('t_months_2031_1'), ('t_days_2031_02_29'),
           ('t_days_2031_02_00'), ('t_days_2031_12_32'), ('t Weeks_2031_w53'), ('t Weeks_2031_w00'), ('t_years_31'),
           ('t_years_2031_01'), ('t_yearsx2031'), ('t_days_2031_12_30x'), ('t_nothing_2031'), (''), (NULL)
       ) AS w (name), ops.leaf_period(w.name) $$,
    'what is not quite such a name is none, and no error'
);
SET LOCAL ROLE tradebase_worker;
SELECT isnt_empty($$ SELECT FROM ops.leaf_period('t_years_2031') $$, 'a worker may ask');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ SELECT FROM ops.leaf_period('t_years_2031') $$, '42501', NULL, 'a client may not');

RESET ROLE;
SELECT finish();
ROLLBACK;
