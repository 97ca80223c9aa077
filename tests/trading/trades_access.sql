-- trading.trades: prices for everybody, the orders behind them for auditors and analysts, and the kernel appends.

BEGIN;
SELECT plan(41);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.trades', '2031-03-01', '2031-03-01') AS made \gset
DO $$
BEGIN
    PERFORM pg_temp.put('trading.trades');
END
$$;
SELECT pg_temp.row_of('trading.trades', jsonb_build_object('id', :'two', 'seq', 2)) AS new_trade \gset

SELECT policies_are('trading', 'trades', ARRAY[
    'trades_kernel_all', 'trades_public_select', 'trades_staff_select'
]);
SELECT any_column_privs_are('trading', 'trades', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'trades', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'trades', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_kernel', ARRAY['INSERT', 'SELECT']);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_support', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'trades', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('trading.trades'),
    ARRAY[
        'anon: SELECT (executed_at, id, market_id, price, quantity, quote_quantity, seq, taker_side)',
        'authenticated: SELECT (executed_at, id, market_id, price, quantity, quote_quantity, seq, taker_side)',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT',
        'tradebase_reporter: SELECT'
    ],
    'this is all that anybody was given'
);

-- Whoever has not signed in comes through a view of the API: they are not let into the schema.
CREATE VIEW market.t_tape WITH (security_invoker = TRUE) AS
SELECT id, executed_at, seq, price, quantity, quote_quantity, taker_side::text FROM trading.trades
WHERE market_id = :open_market;
CREATE VIEW market.t_orders_behind WITH (security_invoker = TRUE) AS SELECT maker_order_id FROM trading.trades;
GRANT SELECT ON market.t_tape, market.t_orders_behind TO anon;

PREPARE seen_in_a_view AS SELECT seq, price::text, taker_side::text FROM market.t_tape;
PREPARE orders_in_a_view AS SELECT maker_order_id FROM market.t_orders_behind;
PREPARE seen_tape AS SELECT seq, price::text, taker_side::text FROM trading.trades WHERE market_id = :open_market;
PREPARE all_of_it AS SELECT * FROM trading.trades;
PREPARE makers AS SELECT maker_order_id FROM trading.trades WHERE market_id = :open_market;
PREPARE takers AS SELECT taker_order_id FROM trading.trades WHERE market_id = :open_market;
PREPARE engine_places AS SELECT engine_seq, engine_at FROM trading.trades WHERE market_id = :open_market;
PREPARE past_the_parent AS SELECT seq FROM partitions.trades_2031_03;
PREPARE new_trade AS
INSERT INTO trading.trades SELECT r.* FROM jsonb_populate_record(NULL::trading.trades, :'new_trade') AS r;
PREPARE rewrite AS UPDATE trading.trades SET price = 1 WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.trades WHERE market_id = :open_market;

SET LOCAL ROLE anon;
SELECT results_eq('seen_in_a_view', $$ VALUES (1::bigint, '10.5', 'buy') $$, 'anybody sees the tape');
SELECT throws_ok('orders_in_a_view', '42501', NULL, 'and not the orders behind it');
SELECT throws_ok('seen_tape', '42501', NULL, 'who has not signed in is not let into the schema');

-- Alice, and nobody in particular
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq('seen_tape', $$ VALUES (1::bigint, '10.5', 'buy') $$, 'Alice sees the tape, trades of others too');
SELECT throws_ok('makers', '42501', NULL, 'not who rested');
SELECT throws_ok('takers', '42501', NULL, 'nor who came in');
SELECT throws_ok('engine_places', '42501', NULL, 'nor what an engine said of it');
SELECT throws_ok('all_of_it', '42501', NULL, 'nor everything at once');
SELECT throws_ok('new_trade', '42501', NULL, 'Alice prints no trade');
SELECT throws_ok('rewrite', '42501', NULL, 'Alice changes none');
SELECT throws_ok('past_the_parent', '42501', NULL, 'Alice reads no leaf by its name');
SET LOCAL request.jwt.claims = '';
SELECT results_eq('seen_tape', $$ VALUES (1::bigint, '10.5', 'buy') $$, 'who speaks for nobody sees the tape');

SET LOCAL ROLE service_role;
SELECT throws_ok('seen_tape', '42501', NULL, 'a service is refused');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_tape', '42501', NULL, 'an engine is refused');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_tape', '42501', NULL, 'an operator is refused');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen_tape', '42501', NULL, 'support is refused');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen_tape', '42501', NULL, 'a monitor is refused');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen_tape', '42501', NULL, 'a worker is refused');

SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'makers', ARRAY['01c1790c-d500-7000-8000-000000000003'::uuid], 'an auditor sees the orders behind a trade'
);
SELECT throws_ok('forget', '42501', NULL, 'and removes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'takers', ARRAY['01c1790c-d500-7000-8000-000000000004'::uuid], 'so does an analyst'
);
SELECT throws_ok('rewrite', '42501', NULL, 'who changes none');

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('new_trade', 'the kernel appends a trade');
SELECT results_eq(
    'SELECT seq FROM trading.trades WHERE market_id = ' || :open_market || ' ORDER BY seq', ARRAY[1::bigint, 2],
    'and sees every one'
);
SELECT throws_ok('rewrite', '42501', NULL, 'the kernel changes none');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('TRUNCATE trading.trades', '42501', NULL, 'nor all of them');
SELECT throws_ok('past_the_parent', '42501', NULL, 'the kernel reads no leaf by its name');

RESET ROLE;
SELECT finish();
ROLLBACK;
