-- portfolio.analytics: the kernel writes and writes again, users see their own, and nobody says how somebody did.

BEGIN;
SELECT plan(23);
\ir ../fixtures/snapshots.psql
INSERT INTO portfolio.analytics (user_id, span, as_of, reporting_asset_id, n_periods, trades_count)
SELECT u.id, '7d', '2019-04-01', :t1usd, 0, 0 FROM unnest(ARRAY[:'alice', :'bob']::uuid[]) AS u (id);
INSERT INTO auth.users (id) VALUES ('cccccccc-0000-4000-8000-00000000000c');
INSERT INTO identity.staff_roles (user_id, role, granted_by)
VALUES ('cccccccc-0000-4000-8000-00000000000c', 'tradebase_support', '{}');

SELECT policies_are('portfolio', 'analytics', ARRAY[
    'analytics_kernel_all', 'analytics_owner_select', 'analytics_staff_select',
    'analytics_support_select'
]);
SELECT is(
    pg_temp.grants_on('portfolio.analytics'),
    ARRAY[
        'authenticated: SELECT',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT, '
        'UPDATE (cagr, calmar, computed_at, daily_win_rate, expectancy, fees, gross_volume, max_drawdown, n_periods, '
        'payoff_ratio, profit_factor, reporting_asset_id, sharpe, sortino, trades_count, volatility, win_rate)',
        'tradebase_reporter: SELECT',
        'tradebase_support: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen AS SELECT a.user_id FROM portfolio.analytics AS a WHERE a.as_of = '2019-04-01' ORDER BY 1;
PREPARE add AS 
INSERT INTO portfolio.analytics (user_id, span, as_of, reporting_asset_id, n_periods, trades_count)
VALUES (:'alice', '7d', '2019-04-02', :t1usd, 0, 0);
PREPARE rewrite AS UPDATE portfolio.analytics SET sharpe = 9 WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM portfolio.analytics WHERE user_id = :'alice';
PREPARE of_both AS VALUES (:'alice'::uuid), (:'bob');

SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE authenticated;
SELECT results_eq('seen', ARRAY[:'alice'::uuid], 'Alice sees hers and no other');
SELECT throws_ok('add', '42501', NULL, 'adds none');
SELECT throws_ok('rewrite', '42501', NULL, 'and changes none');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('seen', 'a request that speaks for nobody sees none');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen', '42501', NULL, 'an engine is refused');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'an operator is refused');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen', '42501', NULL, 'the worker has them written and reads none');
SELECT throws_ok('add', '42501', NULL, 'nor writes one itself');

SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('seen', 'support sees none');
RESET ROLE;
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at) VALUES (
    'cccccccc-0000-4000-8000-00000000000c', :'bob', 'a call', statement_timestamp(),
    statement_timestamp() + INTERVAL '15 minutes'
);
SET LOCAL ROLE tradebase_support;
SELECT results_eq('seen', ARRAY[:'bob'::uuid], 'until a customer is opened: Bob''s and no other');
SET LOCAL request.jwt.claims = '';

SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', 'of_both', 'an auditor sees every one');
SELECT throws_ok('add', '42501', NULL, 'and writes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen', 'of_both', 'so does an analyst');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', 'of_both', 'the kernel sees every one');
SELECT lives_ok('add', 'appends');
SELECT lives_ok('rewrite', 'computes again');
SELECT throws_ok(
    $$ UPDATE portfolio.analytics SET as_of = '2019-04-03' WHERE as_of = '2019-04-02' $$, '42501', NULL, 'but of no other day'
);
SELECT throws_ok('forget', '42501', NULL, 'removes none');
SELECT throws_ok('TRUNCATE portfolio.analytics', '42501', NULL, 'nor all of them');

RESET ROLE;
SELECT finish();
ROLLBACK;
