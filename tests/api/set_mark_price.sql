-- api.set_mark_price(): a service says what a market is worth, as market.set_mark_price() takes it.

BEGIN;
SELECT plan(6);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/let_in.psql

SELECT isnt_definer('api', 'set_mark_price', ARRAY['text', 'numeric', 'timestamp with time zone']);
SELECT is(
    pg_temp.who_may_execute('api.set_mark_price(text,numeric,timestamptz)'),
    ARRAY['service_role', 'tradebase_engine'], 'those who bring prices may'
);
SELECT is(
    pg_temp.let_in($$ SELECT api.set_mark_price('T1BTC-T1USD', 1, '2026-01-01') $$),
    ARRAY['service_role', 'tradebase_engine'], 'and no user does'
);
SET LOCAL ROLE service_role;
SELECT is(
    api.set_mark_price('T1BTC-T1USD', 7, '2026-01-01') - 'mark_at',
    '{"market": "T1BTC-T1USD", "mark_price": "7", "is_set": true}', 'a service sets a mark'
);
SELECT throws_ok($$ SELECT api.set_mark_price('T1BTC-T1USD', 0, '2026-01-01') $$, 'TR010', NULL, 'that is a price');
SET LOCAL ROLE anon;
SELECT results_eq(
    format($$ SELECT s.mark_price::numeric FROM market.market_state AS s WHERE s.market_id = %s $$, :traded),
    ARRAY[7::numeric], 'which everybody sees'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
