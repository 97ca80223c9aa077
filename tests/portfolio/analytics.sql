-- portfolio.analytics: one row for each user, window and day; what is not defined is NULL, never NaN.

BEGIN;
SELECT plan(22);
\ir ../fixtures/snapshots.psql

SELECT columns_are('portfolio', 'analytics', ARRAY[
    'user_id', 'span', 'as_of', 'reporting_asset_id', 'n_periods', 'cagr', 'volatility', 'sharpe', 'sortino',
    'max_drawdown', 'calmar', 'daily_win_rate', 'win_rate', 'profit_factor', 'payoff_ratio', 'expectancy',
    'gross_volume', 'fees', 'trades_count', 'computed_at'
]);
SELECT indexes_are('portfolio', 'analytics', ARRAY['analytics_pkey']);
SELECT col_is_pk('portfolio', 'analytics', ARRAY['user_id', 'span', 'as_of'], 'one for each window and day');
SELECT fk_ok('portfolio', 'analytics', 'user_id', 'identity', 'users', 'id');
PREPARE put(text, date) AS
INSERT INTO portfolio.analytics (user_id, span, as_of, reporting_asset_id, n_periods, trades_count)
VALUES (:'alice', $1, $2, :t1usd, 0, 0);

SELECT lives_ok($$ EXECUTE put('7d', '2019-04-01') $$, 'all ratios may be unknown');
SELECT throws_ok($$ EXECUTE put('7d', '2019-04-01') $$, '23505', NULL, 'one row stands');
SELECT throws_ok(
    format($$ UPDATE portfolio.analytics SET user_id = %L $$, gen_random_uuid()), '23503', NULL, 'somebody is rated'
);
SELECT throws_ok($$ EXECUTE put('8d', '2019-04-01') $$, '23514', NULL, 'a window is one of five');

CREATE FUNCTION pg_temp.set(column_name text, value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE portfolio.analytics SET %I = %L WHERE as_of = %L', column_name, value, '2019-04-01');
    RETURN 'taken';
EXCEPTION WHEN check_violation THEN
    RETURN 'refused';
END
$$;
SELECT is(pg_temp.set(c.name, v.value), 'refused', format('%s is never %s', c.name, v.value))
FROM unnest(ARRAY['cagr', 'profit_factor']) AS c (name), unnest(ARRAY['NaN', 'Infinity', '-Infinity']) AS v (value);
SELECT is(
    (SELECT array_agg(c.name ORDER BY c.name) FROM (
        SELECT c.name, bool_and(pg_temp.set(c.name, v.value) = 'refused') AS is_refused
        FROM unnest(ARRAY[
            'volatility', 'sharpe', 'sortino', 'max_drawdown', 'calmar', 'daily_win_rate', 'win_rate', 'payoff_ratio',
            'expectancy', 'gross_volume', 'fees'
        ]) AS c (name), unnest(ARRAY['NaN', 'Infinity', '-Infinity']) AS v (value)
        GROUP BY c.name
    ) AS c WHERE NOT c.is_refused), NULL, 'nor is any other'
);
SELECT is(pg_temp.set('max_drawdown', '0.1'), 'refused', 'a fall is no rise');
SELECT is(pg_temp.set('max_drawdown', '-1.1'), 'refused', 'and takes no more than all');
SELECT is(pg_temp.set('win_rate', '1.1'), 'refused', 'nobody wins more than always');
SELECT is(pg_temp.set('daily_win_rate', '-0.1'), 'refused', 'or less than never');
SELECT is(pg_temp.set('n_periods', '-1'), 'refused', 'less than no period is none');
SELECT is(pg_temp.set('trades_count', '-1'), 'refused', 'less than no trade too');
SELECT is(pg_temp.set('sharpe', '-1e300'), 'taken', 'a ratio may be as bad as it likes');

SELECT finish();
ROLLBACK;
