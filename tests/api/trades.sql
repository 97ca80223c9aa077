-- api.trades: the public tape, the same for everybody, with nobody and nobody's order on it.

BEGIN;
SELECT plan(18);
\ir ../fixtures/trading_session.psql

SELECT columns_are('api', 'trades', ARRAY[
    'market', 'seq', 'executed_at', 'price', 'quantity', 'quote_quantity', 'taker_side'
]);
SELECT any_column_privs_are('api', 'trades', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'trades', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'trades', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'trades', 'tradebase_support', ARRAY[]::text[]);

-- A second trade, for the order of the tape.
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.2, 100.5) -> 'order' ->> 'id' AS buys \gset
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2, 'events', jsonb_build_array(jsonb_build_object(
        'maker_order_id', :'bob_sold', 'taker_order_id', :'buys', 'price', '99.9', 'quantity', '0.2'
    ))
))) -> 0 ->> 'applied' AS applied \gset

PREPARE tape AS
SELECT
    seq, trim_scale(price)::text, trim_scale(quantity)::text, trim_scale(quote_quantity)::text, taker_side::text,
    executed_at <= clock_timestamp()
FROM api.trades WHERE market = 'T1BTC-T1USD' ORDER BY seq DESC;
PREPARE next_page AS
SELECT seq FROM api.trades WHERE market = 'T1BTC-T1USD' AND seq < 2 ORDER BY seq DESC LIMIT 10;
PREPARE who_was_it AS
SELECT t.seq FROM api.trades AS t
WHERE t.market = 'T1BTC-T1USD' AND t::text ~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
PREPARE maker_behind_it AS SELECT maker_order_id FROM trading.trades;
PREPARE taker_behind_it AS SELECT taker_order_id FROM trading.trades;

SET LOCAL ROLE anon;
SELECT results_eq(
    'tape',
    $$ VALUES
        (2::bigint, '99.9', '0.2', '19.98', 'buy', TRUE),
        (1, '100', '0.4', '40', 'sell', TRUE) $$,
    'who has not signed in reads the tape, newest first'
);
SELECT results_eq('next_page', ARRAY[1::bigint], 'and goes on below the last seq seen');
SELECT is_empty('who_was_it', 'no id of anybody or anything is on it');
SELECT throws_ok('SELECT maker_order_id FROM api.trades', '42703', NULL, 'the maker is not among its columns');
SELECT throws_ok('SELECT taker_order_id FROM api.trades', '42703', NULL, 'nor is the taker');
SELECT throws_ok('DELETE FROM api.trades', '55000', NULL, 'the view takes no change');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'SELECT seq FROM api.trades WHERE market = ''T1BTC-T1USD'' ORDER BY seq', ARRAY[1, 2]::bigint[],
    'Alice reads the same tape'
);
SELECT is_empty('who_was_it', 'without an id, her own neither');
SELECT throws_ok('maker_behind_it', '42501', NULL, 'she learns no maker behind it');
SELECT throws_ok('taker_behind_it', '42501', NULL, 'nor a taker');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT results_eq(
    'SELECT seq FROM api.trades WHERE market = ''T1BTC-T1USD'' ORDER BY seq', ARRAY[1, 2]::bigint[],
    'so does somebody who never traded'
);
SET LOCAL ROLE service_role;
SELECT throws_ok('tape', '42501', NULL, 'a service does not read it here');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('tape', '42501', NULL, 'nor does support');

RESET ROLE;
SELECT finish();
ROLLBACK;
