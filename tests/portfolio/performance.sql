-- portfolio.performance(): every ratio of domain.md 1.9 by hand, and NULL, never NaN, where there is none.
-- tests/integration/test_performance.py compares it with empyrical.

BEGIN;
SELECT plan(22);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute(
        'portfolio.performance(double precision[],double precision,double precision,double precision)'
    ), ARRAY['tradebase_kernel', 'tradebase_reporter'], 'for the kernel, and for analysts'
);
PREPARE of_returns(double precision[]) AS
SELECT
    n_periods, round(cagr::numeric, 9), round(volatility::numeric, 9), round(sharpe::numeric, 9),
    round(sortino::numeric, 9), round(max_drawdown::numeric, 9), round(calmar::numeric, 9), round(win_rate::numeric, 9)
FROM portfolio.performance($1, 4);

-- +50 %, -50 %, +20 %, 0: mean 0.05, squares around it 0.53; below zero 0.25; 0.9 of the beginning, 0.75 of the peak.
SELECT results_eq(
    $$ EXECUTE of_returns('{0.5, -0.5, 0.2, 0}') $$,
    $$ VALUES (
        4, -0.1::numeric, round(sqrt(0.53 / 3) * 2, 9), round(0.05 / sqrt(0.53 / 3) * 2, 9),
        round(0.05 / sqrt(0.25 / 4) * 2, 9), -0.5::numeric, -0.2::numeric, round(2 / 3.0, 9)
    ) $$, 'four quarters of a year'
);
SELECT results_eq(
    $$ EXECUTE of_returns('{0.5, NULL, -0.5, NULL, 0.2, 0}') $$, $$ EXECUTE of_returns('{0.5, -0.5, 0.2, 0}') $$,
    'a period without a return is none'
);
SELECT results_eq(
    $$ EXECUTE of_returns('{0.5, NaN, -0.5, Infinity, 0.2, -Infinity, 0}') $$,
    $$ EXECUTE of_returns('{0.5, -0.5, 0.2, 0}') $$, 'nor is one of which nobody knows what it made'
);
SELECT results_eq(
    $$ SELECT round(max_drawdown::numeric, 9) FROM portfolio.performance('{-0.1, 0.5, -0.2, -0.1, 0.9}', 4) $$,
    ARRAY[-0.28], 'the deepest fall goes on over periods, below the peak before it'
);
SELECT results_eq(
    $$ SELECT round(max_drawdown::numeric, 9) FROM portfolio.performance('{-0.1, 0.05}', 4) $$, ARRAY[-0.1],
    'the beginning is a peak'
);

-- Rates of a year: 21.550625 % is 5 % a quarter.
SELECT results_eq(
    $$ SELECT round(sharpe::numeric, 9), round(sortino::numeric, 9)
       FROM portfolio.performance('{0.5, -0.5, 0.2, 0}', 4, risk_free_rate => 0.21550625) $$,
    $$ VALUES (0::numeric, round(0.05 / sqrt(0.25 / 4) * 2, 9)) $$, 'Sharpe is above the risk-free rate of a period'
);
SELECT results_eq(
    $$ SELECT round(sharpe::numeric, 9), round(sortino::numeric, 9)
       FROM portfolio.performance('{0.5, -0.5, 0.2, 0.1}', 4, minimum_acceptable_return => 0.21550625) $$,
    $$ VALUES (round(0.075 / sqrt((0.55 - 0.0225) / 3) * 2, 9), round(0.025 / sqrt(0.3025 / 4) * 2, 9)) $$,
    'Sortino above the least acceptable one'
);

-- Nothing, one, or always the same
SELECT results_eq(
    $$ EXECUTE of_returns('{}') $$,
    $$ VALUES (0, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric) $$,
    'no return has no ratio'
);
SELECT results_eq('EXECUTE of_returns(NULL)', $$ EXECUTE of_returns('{}') $$, 'nor has none at all');
SELECT results_eq(
    $$ EXECUTE of_returns('{0.1}') $$,
    $$ VALUES (1, round(1.1 ^ 4 - 1, 9), NULL::numeric, NULL::numeric, NULL::numeric, 0::numeric, NULL::numeric, 1::numeric) $$,
    'one has no deviation'
);
SELECT results_eq(
    $$ EXECUTE of_returns('{-0.1}') $$,
    $$ VALUES (
        1, round(0.9 ^ 4 - 1, 9), NULL::numeric, NULL::numeric, NULL::numeric, -0.1, round((0.9 ^ 4 - 1) / 0.1, 9),
        0::numeric
    ) $$, 'one loss is a fall all the same'
);
SELECT results_eq(
    $$ EXECUTE of_returns('{0.1, 0.1, 0.1}') $$,
    $$ VALUES (3, round(1.1 ^ 4 - 1, 9), 0::numeric, NULL::numeric, NULL::numeric, 0::numeric, NULL::numeric, 1::numeric) $$,
    'always the same has no risk to divide by'
);
SELECT results_eq(
    $$ EXECUTE of_returns(ARRAY[0.1, 0.1 + 1e-16, 0.1 - 1e-16]) $$, $$ EXECUTE of_returns('{0.1, 0.1, 0.1}') $$,
    'nor has what is the same but for the last digit'
);
SELECT results_eq(
    $$ EXECUTE of_returns('{0, 0}') $$,
    $$ VALUES (2, 0::numeric, 0::numeric, NULL::numeric, NULL::numeric, 0::numeric, NULL::numeric, NULL::numeric) $$,
    'what never moved neither won nor lost'
);
SELECT results_eq(
    $$ SELECT sharpe IS NULL, round(sortino::numeric, 9) FROM portfolio.performance('{-0.1, -0.1}', 4) $$,
    $$ VALUES (TRUE, -2::numeric) $$, 'who always loses the same has a Sortino and no Sharpe'
);

-- The ends of the numbers
SELECT results_eq(
    $$ SELECT cagr, max_drawdown, calmar FROM portfolio.performance('{0.5, -1, 0.5}', 365) $$,
    $$ VALUES (-1::double precision, -1::double precision, -1::double precision) $$, 'all is lost only once'
);
SELECT results_eq(
    $$ SELECT cagr, max_drawdown FROM portfolio.performance('{6.8}', 365) $$,
    $$ VALUES (NULL::double precision, 0::double precision) $$, 'eight times as much in a day is no number in a year'
);
SELECT results_eq(
    $$ SELECT cagr, max_drawdown FROM portfolio.performance('{-0.9999999}', 365) $$,
    $$ VALUES (-1::double precision, -0.9999999::double precision) $$, 'nearly nothing is nothing in a year'
);
SELECT results_eq(
    $$ SELECT n_periods, round(log(cagr)::numeric, 9), volatility < 'Infinity', sharpe IS NOT NULL, max_drawdown
       FROM portfolio.performance(array_fill(1e40::double precision, ARRAY[9]) || '{1e99}', 1) $$,
    $$ VALUES (10, 45.9, TRUE, TRUE, 0::double precision) $$,
    'a product that no number holds has a root that one does'
);
SELECT results_eq(
    $$ SELECT round(cagr::numeric, 9), max_drawdown
       FROM portfolio.performance(array_fill(-0.999::double precision, ARRAY[200]), 1) $$,
    $$ VALUES (-0.999::numeric, -1::double precision) $$, 'nor is one too small'
);
SELECT results_eq(
    $$ SELECT count(*) FROM unnest(ARRAY['NaN', 'Infinity', '-Infinity', '1e308', '-1e308', '0']::double precision[]) AS a,
           unnest(ARRAY['NaN', 'Infinity', '-1', '-5', '1e99', '1e-99']::double precision[]) AS b,
           portfolio.performance(ARRAY[a, b, a], 365, 0.1, 0.1) AS p
       WHERE greatest(p.cagr, p.volatility, p.sharpe, p.sortino, p.max_drawdown, p.calmar, p.win_rate) >= 'Infinity'
       OR least(p.cagr, p.volatility, p.sharpe, p.sortino, p.max_drawdown, p.calmar, p.win_rate) = '-Infinity' $$,
    ARRAY[0::bigint], 'whatever comes in, no ratio is NaN or Infinity'
);

SELECT finish();
ROLLBACK;
