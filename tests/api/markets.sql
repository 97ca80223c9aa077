-- api.markets: everybody sees what can be traded and by which rules, with the pair's assets to embed.

BEGIN;
SELECT plan(11);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_market.psql

SELECT columns_are('api', 'markets', ARRAY[
    'symbol', 'venue', 'kind', 'base_asset', 'quote_asset', 'status', 'tick_size', 'lot_size', 'min_quantity',
    'max_quantity', 'min_notional', 'max_notional', 'price_band_pct', 'maker_fee_rate', 'taker_fee_rate',
    'max_open_orders', 'default_stp', 'listed_at'
]);
SELECT is(
    pg_temp.grants_on('api.markets'),
    ARRAY[
        'anon: SELECT', 'authenticated: SELECT', 'tradebase_auditor: SELECT', 'tradebase_operator: SELECT',
        'tradebase_reporter: SELECT', 'tradebase_support: SELECT'
    ],
    'people read it; services and programs have no need to'
);
SELECT is(
    pg_temp.who_may_execute(f.name::regprocedure),
    ARRAY[
        'anon', 'authenticated', 'tradebase_auditor', 'tradebase_operator', 'tradebase_reporter', 'tradebase_support'
    ],
    format('%s is for whoever reads the view', f.name)
)
FROM (VALUES ('api.base(api.markets)'), ('api.quote(api.markets)')) AS f (name);

PREPARE pair AS
SELECT
    base_asset, quote_asset, status, trim_scale(tick_size)::text, trim_scale(lot_size)::text,
    trim_scale(min_quantity)::text, trim_scale(max_notional)::text, trim_scale(taker_fee_rate)::text
FROM api.markets WHERE symbol = 'T1BTC-T1USD';
PREPARE both_assets AS
SELECT b.code, q.code FROM api.markets AS m, api.base(m) AS b, api.quote(m) AS q WHERE m.symbol = 'T1BTC-T1USD';

SET LOCAL ROLE anon;
SELECT results_eq(
    'pair', $$ VALUES ('T1BTC', 'T1USD', 'open', '0.01', '0.0001', '0.001', '50000', '0.002') $$,
    'who has not signed in sees the rules of a market'
);
SELECT results_eq('both_assets', $$ VALUES ('T1BTC', 'T1USD') $$, 'and embeds what is traded for what');
SELECT throws_ok('UPDATE api.markets SET status = ''closed''', '55000', NULL, 'and changes nothing');
SET LOCAL ROLE authenticated;
SELECT isnt_empty('pair', 'a user sees it');
SET LOCAL ROLE tradebase_support;
SELECT isnt_empty('both_assets', 'support sees it');
SET LOCAL ROLE service_role;
SELECT throws_ok('pair', '42501', NULL, 'a service reads no view');
SELECT throws_ok('SELECT api.base(NULL::api.markets)', '42501', NULL, 'nor embeds one');

RESET ROLE;
SELECT finish();
ROLLBACK;
