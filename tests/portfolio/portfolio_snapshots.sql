-- portfolio.portfolio_snapshots: one moment of one customer, never two ways and never otherwise.

BEGIN;
SELECT plan(31);
\ir ../fixtures/snapshots.psql

SELECT columns_are('portfolio', 'portfolio_snapshots', ARRAY[
    'user_id', 'kind', 'taken_at', 'reporting_asset_id', 'equity', 'cash', 'positions_value', 'unrealized_pnl',
    'realized_pnl_cum', 'fees_cum', 'net_flow_cum', 'holdings'
]);
SELECT indexes_are('portfolio', 'portfolio_snapshots', ARRAY['portfolio_snapshots_pkey']);
SELECT col_is_pk('portfolio', 'portfolio_snapshots', ARRAY['user_id', 'kind', 'taken_at'], 'one of a kind for each moment');
SELECT fk_ok('portfolio', 'portfolio_snapshots', 'user_id', 'identity', 'users', 'id');
SELECT is_empty(
    $$ SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = 'portfolio.portfolio_snapshots'::regclass
       AND a.attnum > 0 AND NOT a.attnotnull $$, 'nothing may be unknown'
);
SELECT is_empty(
    $$ SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = 'portfolio.portfolio_snapshots'::regclass
       AND a.attname IN (
           'equity', 'cash', 'positions_value', 'unrealized_pnl', 'realized_pnl_cum', 'fees_cum', 'net_flow_cum'
       ) AND a.atttypid <> 'core.total'::regtype $$, 'every amount is a sum'
);
SELECT results_eq(
    $$ SELECT p.period, p.premake, p.retention, p.action FROM ops.partition_policies AS p
       WHERE p.parent = 'portfolio.portfolio_snapshots'::regclass $$,
    $$ VALUES ('month', 3, NULL::interval, 'detach') $$, 'its leaves are made by month, and kept'
);
PREPARE kept AS
SELECT s.user_id, s.kind, s.taken_at, trim_scale(s.equity)::text FROM portfolio.portfolio_snapshots AS s
WHERE s.taken_at < '2020-01-01' ORDER BY s.user_id, s.kind, s.taken_at;

SELECT throws_ok($$ SELECT pg_temp.put(kind => 'weekly') $$, '23514', NULL, 'a kind is daily or intraday');
SELECT throws_ok(
    $$ SELECT pg_temp.put('2019-04-01 00:00:01+00') $$, '23514', NULL, 'a daily one is of midnight'
);
SELECT throws_ok($$ SELECT pg_temp.put('2019-04-01 00:00:00+02') $$, '23514', NULL, 'in UTC');
SELECT throws_ok($$ SELECT pg_temp.put('1999-04-01 00:00:00+00') $$, '23514', NULL, 'where there is no leaf, no row goes');
SELECT throws_ok($$ SELECT pg_temp.put('infinity', kind => 'intraday') $$, '23514', NULL, 'nor to the end of time');
SELECT throws_ok('SELECT pg_temp.put(equity => -1)', '23514', NULL, 'nobody has less than nothing');
SELECT throws_ok('SELECT pg_temp.put(cash => -1)', '23514', NULL, 'nor less money than nothing');
SELECT throws_ok($$ SELECT pg_temp.put(equity => 'NaN') $$, '23514', NULL, 'NaN is no amount');
SELECT throws_ok($$ SELECT pg_temp.put(net_flow_cum => 'Infinity') $$, '23514', NULL, 'Infinity does not come in');
SELECT throws_ok('SELECT pg_temp.put(equity => 1e30)', '23514', NULL, 'a sum is below 1e30');
SELECT throws_ok('SELECT pg_temp.put(equity => NULL)', '23502', NULL, 'what it is worth is known');
SELECT throws_ok($$ SELECT pg_temp.put(holdings => '[]') $$, '23514', NULL, 'holdings are by asset');
SELECT throws_ok(
    $$ INSERT INTO portfolio.portfolio_snapshots
       SELECT user_id, kind, taken_at, 1, 3, 1, 1, 0, 0, 0, 0, '{}' FROM (VALUES (
           'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'daily', TIMESTAMPTZ '2019-04-01 00:00:00+00'
       )) AS s (user_id, kind, taken_at) $$, '23514', NULL, 'equity is money and the rest'
);
SELECT throws_ok(
    $$ SELECT pg_temp.put(user_id => '0190aaaa-0000-7000-8000-000000000001') $$, '23503', NULL, 'it is somebody''s'
);
SELECT is_empty('kept', 'none of these is written');

SELECT lives_ok('SELECT pg_temp.put()', 'a moment is written');
SELECT throws_ok('SELECT pg_temp.put(equity => 101)', '23505', NULL, 'once');
SELECT lives_ok($$ SELECT pg_temp.put(kind => 'intraday') $$, 'and once of another kind');
SELECT lives_ok($$ SELECT pg_temp.put('2019-04-01 12:34:56.789+00', kind => 'intraday', equity => 0) $$, 'at any time');

PREPARE rewrite AS UPDATE portfolio.portfolio_snapshots SET equity = 1000, cash = 1000, positions_value = 0;
SELECT throws_ok(
    'rewrite', 'TR902', 'portfolio.portfolio_snapshots is append-only', 'nobody had more than they had, by the owner either'
);
SELECT throws_ok(
    'DELETE FROM portfolio.portfolio_snapshots', 'TR902', 'portfolio.portfolio_snapshots is append-only', 'nor is it forgotten'
);
SELECT throws_ok(
    'TRUNCATE portfolio.portfolio_snapshots', 'TR902', 'portfolio.portfolio_snapshots is append-only', 'nor all at once'
);
SELECT throws_ok(
    'TRUNCATE partitions.portfolio_snapshots_2019_04', 'TR902', 'portfolio.portfolio_snapshots is append-only',
    'nor a month by its own name'
);
SELECT results_eq(
    'kept',
    format(
        $$ VALUES
            (%1$L::uuid, 'daily', TIMESTAMPTZ '2019-04-01 00:00:00+00', '100'),
            (%1$L, 'intraday', '2019-04-01 00:00:00+00', '100'), (%1$L, 'intraday', '2019-04-01 12:34:56.789+00', '0') $$,
        :'alice'
    ), 'what is written stays as it was'
);

SELECT finish();
ROLLBACK;
