-- trading.position_fold(): fills make a position at weighted average cost, and rounding neither makes nor loses money.

BEGIN;
SELECT plan(23);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute(f.routine), ARRAY['tradebase_auditor', 'tradebase_kernel', 'tradebase_reporter'],
    format('the kernel, auditors and analysts use %s', f.routine)
)
FROM unnest(ARRAY[
    'trading.position_fold(numeric,numeric)'::regprocedure,
    'trading.position_after_fill(trading.position_state,numeric,numeric)'
]) AS f (routine);
SELECT volatility_is(
    'trading', 'position_after_fill', ARRAY['trading.position_state', 'numeric', 'numeric'], 'immutable',
    'the same fills make the same position'
);

-- The position after each fill, as a window function.
CREATE FUNCTION pg_temp.fold(quantities numeric [], quotes numeric [])
RETURNS TABLE (quantity numeric, entry_cost numeric, realized_pnl numeric)
LANGUAGE sql
AS $$
    SELECT (p.after).quantity, (p.after).entry_cost, (p.after).realized_pnl
    FROM (
        SELECT f.n, trading.position_fold(f.quantity, f.quote) OVER (ORDER BY f.n) AS after
        FROM unnest(quantities, quotes) WITH ORDINALITY AS f (quantity, quote, n)
    ) AS p
    ORDER BY p.n
$$;

SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[2, 1, -1, -2], ARRAY[20, 13, -15, -18])',
    $$ VALUES (2::numeric, 20::numeric, 0::numeric), (3, 33, 0), (2, 22, 4), (0, 0, 0) $$,
    'a long opens, grows, shrinks at its average cost, and closes with what it won and lost'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[-2, -1, 1, 2], ARRAY[-20, -13, 8, 24])',
    $$ VALUES (-2::numeric, -20::numeric, 0::numeric), (-3, -33, 0), (-2, -22, 3), (0, 0, 1) $$,
    'so does a short'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[2, -5, 4], ARRAY[20, -60, 40])',
    $$ VALUES (2::numeric, 20::numeric, 0::numeric), (-3, -36, 4), (1, 10, 10) $$,
    'a fill larger than the position turns it, at the price of the fill, and back'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[2, -2, -3, 3], ARRAY[20, -18, -30, 33])',
    $$ VALUES (2::numeric, 20::numeric, 0::numeric), (0, 0, -2), (-3, -30, -2), (0, 0, -5) $$,
    'what is closed opens anew either way, and keeps what it lost'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[3, -1, -1, -1], ARRAY[10, -4, -4, -4])',
    $$ VALUES
        (3::numeric, 10::numeric, 0::numeric),
        (2, 6.666666666666666667, 0.666666666666666667),
        (1, 3.333333333333333333, 1.333333333333333333),
        (0, 0, 2) $$,
    'thirds are rounded to 18 decimals, and the last one takes what is left'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[-3, 1, 1, 1], ARRAY[-10, 3, 3, 3])',
    $$ VALUES
        (-3::numeric, -10::numeric, 0::numeric),
        (-2, -6.666666666666666667, 0.333333333333333333),
        (-1, -3.333333333333333333, 0.666666666666666667),
        (0, 0, 1) $$,
    'the same below zero'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[1, -3], ARRAY[1, -10])',
    $$ VALUES (1::numeric, 1::numeric, 0::numeric), (-2, -6.666666666666666667, 2.333333333333333333) $$,
    'a turn parts its fill the same way'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[3, -1], ARRAY[10.000000000000000000, -4.00])',
    'SELECT * FROM pg_temp.fold(ARRAY[3.0, -1.000], ARRAY[10, -4])',
    'zeros at the end make no other position'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[3, -1], ARRAY[10000000000000000000, -4000000000000000000])',
    $$ VALUES
        (3::numeric, 10000000000000000000::numeric, 0::numeric),
        (2, 6666666666666666666.666666666666666667, 666666666666666666.666666666666666667) $$,
    'large thirds have their decimals too'
);
SELECT results_eq(
    'SELECT * FROM pg_temp.fold(ARRAY[3e-18, -2e-18], ARRAY[1e-18, -1e-18])',
    $$ VALUES (3e-18::numeric, 1e-18::numeric, 0::numeric), (1e-18, 0, 0) $$,
    'the smallest part goes whole'
);

-- 4,000 fills either way that divide badly, in the order of their numbers.
CREATE TEMPORARY TABLE t_fills AS
SELECT f.n, f.quantity, f.quantity * (7.01 + f.n % 13 * 0.37) AS quote
FROM (
    SELECT n, (CASE WHEN (n / 7 % 2 = 0) <> (n % 5 = 0) THEN -1 ELSE 1 END) * (1 + n * 7907 % 23) * 0.1 AS quantity
    FROM generate_series(1, 4000) AS n
) AS f;
CREATE TEMPORARY TABLE t_steps AS
SELECT
    f.n, f.quantity, trading.position_fold(f.quantity, f.quote) OVER (ORDER BY f.n) AS after,
    sum(f.quantity) OVER (ORDER BY f.n) AS sum_of_quantities, sum(f.quote) OVER (ORDER BY f.n) AS sum_of_quotes
FROM t_fills AS f;

SELECT ok(
    (SELECT count(*) FROM t_steps WHERE sign(sum_of_quantities) = -sign(sum_of_quantities - quantity)) > 10,
    'the position turns often'
);
SELECT ok(
    (SELECT bool_or(scale(trim_scale((after).entry_cost)) = 18) FROM t_steps), 'it is rounded at the 18th decimal'
);
SELECT is_empty(
    'SELECT n FROM t_steps WHERE (after).quantity <> sum_of_quantities', 'quantity is the sum of all quantities'
);
SELECT is_empty(
    'SELECT n FROM t_steps WHERE (after).entry_cost - (after).realized_pnl <> sum_of_quotes',
    'entry_cost - realized_pnl is the sum of all that was paid, after every fill, to the last decimal'
);
SELECT is_empty(
    $$ SELECT n FROM t_steps
       WHERE min_scale((after).entry_cost) > 18 OR min_scale((after).realized_pnl) > 18
       OR sign((after).entry_cost) NOT IN (0, sign((after).quantity)) $$,
    'every step is a row that trading.positions takes'
);
SELECT is(
    (SELECT trading.position_fold(quantity, quote ORDER BY n) FROM t_fills),
    (SELECT after FROM t_steps WHERE n = 4000), 'as a plain aggregate it is the last step'
);
SELECT is(
    trading.position_after_fill((SELECT after FROM t_steps WHERE n = 3999), f.quantity, f.quote),
    (SELECT after FROM t_steps WHERE n = 4000), 'one fill more is one step more'
)
FROM t_fills AS f WHERE f.n = 4000;
SELECT is(
    (SELECT trading.position_fold(quantity, quote ORDER BY n) FROM t_fills WHERE FALSE),
    '(0,0,0)'::trading.position_state, 'no fills are no position'
);

PREPARE ask AS SELECT trading.position_fold(1, 1);
SET LOCAL ROLE authenticated;
SELECT throws_ok('ask', '42501', NULL, 'a user reads positions, and folds none');
SET LOCAL ROLE tradebase_auditor;
SELECT lives_ok('ask', 'an auditor folds the fills again');

RESET ROLE;
SELECT finish();
ROLLBACK;
