-- api.analytics: how I did, and nobody else.

BEGIN;
SELECT plan(11);
\ir ../fixtures/snapshots.psql
INSERT INTO portfolio.analytics (
    user_id, span, as_of, reporting_asset_id, n_periods, sharpe, expectancy, gross_volume, fees, trades_count
) VALUES
(:'alice', '7d', '2019-04-08', :t1usd, 7, 1.5, 5.5, 450, 0.9, 5),
(:'bob', '7d', '2019-04-08', :t1btc, 0, NULL, NULL, 0, 0, 0);

SELECT columns_are('api', 'analytics', ARRAY[
    'span', 'as_of', 'reporting_asset', 'n_periods', 'cagr', 'volatility', 'sharpe', 'sortino', 'max_drawdown',
    'calmar', 'daily_win_rate', 'win_rate', 'profit_factor', 'payoff_ratio', 'expectancy', 'gross_volume', 'fees',
    'trades_count', 'computed_at'
]);
SELECT is(
    pg_temp.grants_on('api.analytics'), ARRAY['authenticated: SELECT', 'tradebase_support: SELECT'],
    'for people, and for support'
);
PREPARE mine AS
SELECT a.span, a.as_of, a.reporting_asset, a.n_periods, a.sharpe, trim_scale(a.expectancy)::text, a.trades_count
FROM api.analytics AS a;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'mine', $$ VALUES ('7d', '2019-04-08'::date, 'T1USD', 7, 1.5::double precision, '5.5', 5) $$, 'Alice sees how she did'
);
SELECT throws_ok('DELETE FROM api.analytics', '55000', NULL, 'the view takes no change');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'mine', $$ VALUES ('7d', '2019-04-08'::date, 'T1BTC', 0, NULL::double precision, NULL, 0) $$, 'Bob how he did'
);
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('mine', 'who did nothing sees nothing');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('mine', 'a request that speaks for nobody sees nothing');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('mine', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('mine', '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_reporter;
SELECT throws_ok('mine', '42501', NULL, 'an analyst reads the table');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('mine', 'support sees nobody who is not opened to them');

RESET ROLE;
SELECT finish();
ROLLBACK;
