-- api.positions: what my trades in each market add up to, and nobody else's; no average price of nothing.

BEGIN;
SELECT plan(23);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'positions', ARRAY[
    'market', 'quantity', 'entry_cost', 'avg_entry_price', 'realized_pnl', 'fees', 'mark_price', 'mark_at',
    'unrealized_pnl', 'opened_at', 'updated_at'
]);
SELECT any_column_privs_are('api', 'positions', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'positions', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'positions', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'positions', 'tradebase_support', ARRAY['SELECT']);

PREPARE my_positions AS
SELECT
    market, trim_scale(quantity)::text, trim_scale(entry_cost)::text, trim_scale(avg_entry_price)::text,
    trim_scale(realized_pnl)::text, trim_scale(fees)::text
FROM api.positions ORDER BY market;
PREPARE win AS UPDATE trading.positions SET realized_pnl = 1000000;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'my_positions', $$ VALUES ('T1BTC-T1USD', '0.4', '40', '100', '0', '0.04') $$,
    'Alice is long, at the price she paid'
);
SELECT throws_ok('DELETE FROM api.positions', '55000', NULL, 'the view takes no change');
SELECT throws_ok('win', '42501', NULL, 'nor does Alice make one behind it');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'my_positions', $$ VALUES ('T1BTC-T1USD', '-0.4', '-40', '100', '0', '0.08') $$,
    'Bob is short, at the price he got: positive too'
);

-- What it is worth now
PREPARE my_worth AS
SELECT market, trim_scale(mark_price)::text, mark_at, trim_scale(unrealized_pnl)::text FROM api.positions ORDER BY market;
SELECT results_eq(
    'my_worth', $$ VALUES ('T1BTC-T1USD', NULL, NULL::timestamptz, NULL) $$, 'without a mark nobody knows what it would win'
);
RESET ROLE;
SELECT market.set_mark_price('T1BTC-T1USD', 104, '2026-01-01 00:00:00+00') ->> 'is_set' AS is_set \gset
SET LOCAL ROLE authenticated;
SELECT results_eq(
    'my_worth', $$ VALUES ('T1BTC-T1USD', '104', '2026-01-01 00:00:00+00'::timestamptz, '-1.6') $$,
    'who is short loses when it rises'
);
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'my_worth', $$ VALUES ('T1BTC-T1USD', '104', '2026-01-01 00:00:00+00'::timestamptz, '1.6') $$, 'who is long wins as much'
);

-- Alice sells 0.1 of it to Bob at 104, and the rest at 101.
RESET ROLE;
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 101) -> 'order' ->> 'id' AS sells \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.4, 104) -> 'order' ->> 'id' AS buys \gset
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2, 'events', jsonb_build_array(jsonb_build_object(
        'maker_order_id', :'sells', 'taker_order_id', :'buys', 'price', '104', 'quantity', '0.1'
    ))
))) -> 0 ->> 'applied' AS applied \gset
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'my_positions', $$ VALUES ('T1BTC-T1USD', '0.3', '30', '100', '0.4', '0.0504') $$,
    'what is closed in part has won, and the price of the rest is as it was'
);
RESET ROLE;
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 3, 'events', jsonb_build_array(jsonb_build_object(
        'maker_order_id', :'sells', 'taker_order_id', :'buys', 'price', '101', 'quantity', '0.3'
    ))
))) -> 0 ->> 'applied' AS applied \gset
SET LOCAL ROLE authenticated;
SELECT results_eq(
    'my_positions', $$ VALUES ('T1BTC-T1USD', '0', '0', NULL, '0.7', '0.0807') $$,
    'who is flat has no average price, and keeps what was won'
);
SELECT results_eq(
    'my_worth', $$ VALUES ('T1BTC-T1USD', '104', '2026-01-01 00:00:00+00'::timestamptz, '0') $$, 'with nothing left to win'
);

SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_positions', 'somebody who never traded sees none');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('my_positions', 'a request that speaks for nobody sees none');

SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('my_positions', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_positions', '42501', NULL, 'a service reads no position here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_positions', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute('api.markets(api.positions)'), ARRAY['authenticated', 'tradebase_support'],
    'who reads the view embeds its markets'
);
PREPARE my_markets AS
SELECT p.market, m.symbol FROM api.positions AS p, api.markets(p) AS m ORDER BY 1;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('my_markets', $$ VALUES ('T1BTC-T1USD', 'T1BTC-T1USD') $$, 'Alice embeds where each of her positions is');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_markets', 'and nobody else does');

RESET ROLE;
SELECT finish();
ROLLBACK;
