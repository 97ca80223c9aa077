-- portfolio.compute_analytics(): ratios of each window from daily snapshots and fills, the same however often; NULL where
-- one point or no variance leaves nothing to say.

BEGIN;
SELECT plan(36);
\ir ../fixtures/snapshots.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/let_in.psql
\set carol cccccccc-0000-4000-8000-00000000000c
UPDATE system.system_config SET value = '365' WHERE key = 'periods_per_year';
UPDATE system.system_config SET value = '0' WHERE key IN ('risk_free_rate', 'minimum_acceptable_return');
INSERT INTO auth.users (id) VALUES (:'carol');

SELECT is_definer('portfolio', 'compute_analytics', ARRAY['uuid', 'date', 'text[]']);
SELECT function_owner_is('portfolio', 'compute_analytics', ARRAY['uuid', 'date', 'text[]'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('portfolio.compute_analytics(uuid,date,text[])'), ARRAY['tradebase_worker'], 'the worker may'
);
SELECT is(
    pg_temp.let_in($$ SELECT portfolio.compute_analytics(as_of => '2019-04-08') $$), ARRAY['tradebase_worker'],
    'and nobody else'
);
PREPARE compute(uuid, date, text[]) AS SELECT portfolio.compute_analytics($1, $2, $3);
PREPARE ratios(uuid, text) AS
SELECT
    n_periods, round(cagr::numeric, 9), round(volatility::numeric, 9), round(sharpe::numeric, 9),
    round(sortino::numeric, 9), round(max_drawdown::numeric, 9), round(calmar::numeric, 9), round(daily_win_rate::numeric, 9)
FROM portfolio.analytics WHERE user_id = $1 AND span = $2 AND as_of = '2019-04-08';
PREPARE of_returns(double precision[]) AS
SELECT
    n_periods, round(cagr::numeric, 9), round(volatility::numeric, 9), round(sharpe::numeric, 9),
    round(sortino::numeric, 9), round(max_drawdown::numeric, 9), round(calmar::numeric, 9), round(win_rate::numeric, 9)
FROM portfolio.performance($1, 365);
PREPARE trades(uuid, text) AS
SELECT
    round(win_rate::numeric, 9), round(profit_factor::numeric, 9), round(payoff_ratio::numeric, 9),
    trim_scale(expectancy)::text, trim_scale(gross_volume)::text, trim_scale(fees)::text, trades_count
FROM portfolio.analytics WHERE user_id = $1 AND span = $2 AND as_of = '2019-04-08';

-- Bad input
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    $$ EXECUTE compute(NULL, (clock_timestamp() AT TIME ZONE 'UTC')::date + 1, '{7d}') $$, 'TR010', 'invalid as_of',
    'a day has begun'
);
SELECT throws_ok($$ EXECUTE compute(NULL, NULL, '{7d}') $$, 'TR010', 'invalid as_of', 'and is named');
SELECT throws_ok($$ EXECUTE compute(NULL, '-infinity', '{7d}') $$, 'TR010', 'invalid as_of', 'not the beginning of time');
SELECT throws_ok($$ EXECUTE compute(NULL, '2019-04-08', '{7d,8d}') $$, 'TR010', 'invalid windows', 'a window is known');
SELECT throws_ok($$ EXECUTE compute(NULL, '2019-04-08', '{}') $$, 'TR010', 'invalid windows', 'there is one');
SELECT throws_ok($$ EXECUTE compute(NULL, '2019-04-08', NULL) $$, 'TR010', 'invalid windows', 'at least');
SELECT throws_ok($$ EXECUTE compute(NULL, '2019-04-08', '{7d,NULL}') $$, 'TR010', 'invalid windows', 'each of them');
SELECT throws_ok(
    $$ EXECUTE compute('0190aaaa-0000-7000-8000-000000000001', '2019-04-08', '{7d}') $$, 'TR012', 'unknown user',
    'a user is known'
);
SELECT throws_ok(
    $$ EXECUTE compute('00000000-0000-7000-8000-000000000001', '2019-04-08', '{7d}') $$, 'TR012', 'unknown user',
    'the platform itself does neither well nor badly'
);
SELECT results_eq(
    format('EXECUTE compute(%L, %L, %L)', :'alice', '2019-04-08', '{7d,30d}'), ARRAY[0], 'who has no snapshot has no row'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE compute(NULL, '2019-04-08', '{}') $$),
    '{"argument": "windows", "expected": "7d, 30d, 90d, 1y or all"}', 'the detail says which there are'
);

-- Alice: +10 %, a deposit of 100 alone, -10 %, nothing, +20 %, -5 %, +1 %; before the week +25 %, long before +100 %.
SELECT pg_temp.put(s.at, s.equity, s.flow, holdings => jsonb_build_object(
    :t1btc, jsonb_build_object('asset', 'T1BTC', 'price', '50')
)) FROM (VALUES
    ('2019-01-05 00:00:00+00'::timestamptz, 40, 0), ('2019-03-20 00:00:00+00', 80, 0), ('2019-04-01 00:00:00+00', 100, 0),
    ('2019-04-02 00:00:00+00', 110, 0), ('2019-04-03 00:00:00+00', 210, 100), ('2019-04-04 00:00:00+00', 189, 100),
    ('2019-04-05 00:00:00+00', 189, 100), ('2019-04-06 00:00:00+00', 226.8, 100),
    ('2019-04-07 00:00:00+00', 215.46, 100), ('2019-04-08 00:00:00+00', 217.6146, 100),
    -- Of the day after
    ('2019-04-09 00:00:00+00', 1000, 100)
) AS s (at, equity, flow);
SELECT pg_temp.put('2019-04-08 00:00:00+00', 5, kind => 'intraday');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    format('EXECUTE compute(%L, %L, %L)', :'alice', '2019-04-08', '{7d,30d,90d,1y,all}'), ARRAY[5], 'a row for each window'
);
RESET ROLE;
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'alice', '7d'), $$ EXECUTE of_returns('{0.1, 0, -0.1, 0, 0.2, -0.05, 0.01}') $$,
    'a week has seven returns, and what came in is none'
);
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'alice', '30d'), $$ EXECUTE of_returns('{0.25, 0.1, 0, -0.1, 0, 0.2, -0.05, 0.01}') $$,
    'a month what lies in it with both ends'
);
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'alice', '90d'), format('EXECUTE ratios(%L, %L)', :'alice', '30d'),
    'a quarter begins after the first snapshot'
);
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'alice', '1y'), $$ EXECUTE of_returns('{1, 0.25, 0.1, 0, -0.1, 0, 0.2, -0.05, 0.01}') $$,
    'a year has all of them'
);
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'alice', 'all'), format('EXECUTE ratios(%L, %L)', :'alice', '1y'), 'as has all there is'
);
SELECT results_eq(
    format('EXECUTE trades(%L, %L)', :'alice', 'all'),
    $$ VALUES (NULL::numeric, NULL::numeric, NULL::numeric, NULL, '0', '0', 0) $$, 'who never traded neither won nor lost'
);

-- The settings
UPDATE system.system_config SET value = '252' WHERE key = 'periods_per_year';
UPDATE system.system_config SET value = '0.05' WHERE key = 'risk_free_rate';
UPDATE system.system_config SET value = '0.1' WHERE key = 'minimum_acceptable_return';
SELECT results_eq(format('EXECUTE compute(%L, %L, %L)', :'alice', '2019-04-08', '{7d}'), ARRAY[1], 'again, with other rates');
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'alice', '7d'),
    $$ SELECT
           n_periods, round(cagr::numeric, 9), round(volatility::numeric, 9), round(sharpe::numeric, 9),
           round(sortino::numeric, 9), round(max_drawdown::numeric, 9), round(calmar::numeric, 9),
           round(win_rate::numeric, 9)
       FROM portfolio.performance('{0.1, 0, -0.1, 0, 0.2, -0.05, 0.01}', 252, 0.05, 0.1) $$,
    'each has its place'
);
UPDATE system.system_config SET value = '365' WHERE key = 'periods_per_year';
UPDATE system.system_config SET value = '0' WHERE key IN ('risk_free_rate', 'minimum_acceptable_return');

-- One point, no variance, nothing to work with, another asset
SELECT pg_temp.put('2019-04-08 00:00:00+00', 7, user_id => :'carol');
SELECT pg_temp.put(s.at, s.equity, s.flow, user_id => :'bob', asset => s.asset) FROM (VALUES
    ('2019-01-04 00:00:00+00'::timestamptz, 7, 0, 'T1BTC'), ('2019-01-05 00:00:00+00', 9, 0, 'T1USD'),
    ('2019-03-20 00:00:00+00', 90, 0, 'T1USD'), ('2019-03-21 00:00:00+00', 100, 0, 'T1BTC'),
    ('2019-03-22 00:00:00+00', 0, -100, 'T1BTC'),
    ('2019-04-06 00:00:00+00', 100, 0, 'T1BTC'), ('2019-04-07 00:00:00+00', 101, 0, 'T1BTC'),
    ('2019-04-08 00:00:00+00', 102.01, 0, 'T1BTC')
) AS s (at, equity, flow, asset);
SELECT cmp_ok(portfolio.compute_analytics(as_of => '2019-04-08'), '>=', 15, 'everybody, in every window');
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'carol', '7d'), $$ EXECUTE of_returns('{}') $$, 'one point makes no return: all is NULL'
);
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'bob', '7d'), $$ EXECUTE of_returns('{0.01, 0.01}') $$, 'the same every day'
);
SELECT results_eq(
    format(
        $$ SELECT round(volatility::numeric, 9), sharpe, sortino, max_drawdown, calmar
           FROM portfolio.analytics WHERE user_id = %L AND span = '7d' $$, :'bob'
    ), $$ VALUES (0::numeric, NULL::double precision, NULL::double precision, 0::double precision, NULL::double precision) $$,
    'has no variance, and no ratio by it'
);
SELECT results_eq(
    format('EXECUTE ratios(%L, %L)', :'bob', 'all'), $$ EXECUTE of_returns('{0, 0.01, 0.01}') $$,
    'where all went out there is no return, nor between two assets, nor in the one of before'
);
SELECT results_eq(
    format($$ SELECT reporting_asset_id FROM portfolio.analytics WHERE user_id = %L AND span = 'all' $$, :'bob'),
    ARRAY[:t1btc], 'amounts are in the last one'
);

-- Fills: Alice wins 10, 6 and 0.2 T1BTC, loses 4, opens once; one is busted, one of before, one of the day itself.
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size) VALUES
('T1OLD-T1USD', :t1old, :t1usd, 0.1, 0.1), ('T1OLD-T1BTC', :t1old, :t1btc, 0.1, 0.1);
SELECT ops.ensure_partitions('trading.fills', '2019-01-01', '2019-06-30') AS made \gset
CREATE FUNCTION pg_temp.id_at(at timestamptz, n integer) RETURNS uuid LANGUAGE sql RETURN (
    lpad(to_hex((extract(EPOCH FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(n::text, 15, '0')
)::uuid;
INSERT INTO trading.fills (
    id, executed_at, trade_id, trade_seq, order_id, user_id, market_id, side, liquidity, price, quantity,
    quote_quantity, fee, fee_asset_id, fee_rate, realized_pnl
)
SELECT
    pg_temp.id_at(f.at, f.n), f.at, pg_temp.id_at(f.at, 100 + f.n), f.n, core.uuid7(), :'alice', m.id, 'buy', 'taker',
    f.notional, 1, f.notional, f.fee, m.quote_asset_id, 0, f.pnl
FROM (VALUES
    (1, '2019-04-01 00:00:00+00'::timestamptz, 'T1OLD-T1USD', 100, 0.1, 0),
    (2, '2019-04-02 00:00:00+00', 'T1OLD-T1USD', 110, 0.1, 10), (3, '2019-04-03 00:00:00+00', 'T1OLD-T1USD', 90, 0.1, -4),
    (4, '2019-04-04 00:00:00+00', 'T1OLD-T1USD', 50, 0.1, 6), (5, '2019-04-05 00:00:00+00', 'T1OLD-T1BTC', 2, 0.01, 0.2),
    (6, '2019-04-06 00:00:00+00', 'T1OLD-T1USD', 77, 7, 77), (7, '2019-03-31 23:59:59.999+00', 'T1OLD-T1USD', 8, 0, -1),
    (8, '2019-04-08 00:00:00+00', 'T1OLD-T1USD', 1000, 1, 1000)
) AS f (n, at, market, notional, fee, pnl)
JOIN market.markets AS m ON m.symbol = f.market;
INSERT INTO trading.trade_busts (trade_id, market_id, trade_seq, journal_id, reason, made_by)
SELECT f.trade_id, f.market_id, 6, core.uuid7(), 'a test', '{}' FROM trading.fills AS f
WHERE f.user_id = :'alice' AND f.trade_seq = 6;
SELECT results_eq(
    format('EXECUTE compute(%L, %L, %L)', :'alice', '2019-04-08', '{7d,30d,all,7d}'), ARRAY[3], 'a window twice is one'
);
SELECT results_eq(
    format('EXECUTE trades(%L, %L)', :'alice', '7d'),
    $$ VALUES (0.75, 6.5, round(26 / 3.0 / 4, 9), '5.5', '450', '0.9', 5) $$,
    'what closed and counts, in one asset: what was opened neither won nor lost'
);
SELECT results_eq(
    format('EXECUTE trades(%L, %L)', :'alice', '30d'),
    $$ VALUES (0.6, 5.2, round((26 / 3.0) / (5 / 2.0), 9), '4.2', '458', '0.9', 6) $$, 'a longer window has more'
);
UPDATE market.markets SET quote_asset_id = :t1old, base_asset_id = :t1btc WHERE symbol = 'T1OLD-T1BTC';
SELECT results_eq(
    format('EXECUTE compute(%L, %L, %L)', :'alice', '2019-04-08', '{7d}'), ARRAY[1], 'with a quote asset of no price'
);
SELECT results_eq(
    format('EXECUTE trades(%L, %L)', :'alice', '7d'),
    $$ VALUES (0.75, NULL::numeric, NULL::numeric, NULL, NULL, NULL, 5) $$, 'there is no sum, and who won is still known'
);
SELECT results_eq(
    format($$ SELECT count(*) FROM portfolio.analytics WHERE user_id = %L $$, :'alice'), ARRAY[5::bigint],
    'what is computed again replaces what was'
);

SELECT finish();
ROLLBACK;
