-- api.fills: my side of my trades, and nothing of the other side.

BEGIN;
SELECT plan(19);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql

SELECT columns_are('api', 'fills', ARRAY[
    'executed_at', 'id', 'order_id', 'market', 'trade_seq', 'side', 'liquidity', 'price', 'quantity', 'quote_quantity',
    'fee', 'fee_asset', 'fee_rate', 'realized_pnl'
]);
SELECT any_column_privs_are('api', 'fills', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'fills', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'fills', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'fills', 'tradebase_support', ARRAY['SELECT']);

PREPARE my_fills AS
SELECT
    order_id, market, trade_seq, side::text, liquidity::text, trim_scale(price)::text, trim_scale(quantity)::text,
    trim_scale(quote_quantity)::text, trim_scale(fee)::text, fee_asset, trim_scale(fee_rate)::text,
    trim_scale(realized_pnl)::text
FROM api.fills ORDER BY executed_at;
PREPARE on_the_tape AS
SELECT f.side::text, t.taker_side::text, t.price = f.price AND t.quantity = f.quantity AND t.quote_quantity = f.quote_quantity
FROM api.fills AS f JOIN api.trades AS t ON t.market = f.market AND t.seq = f.trade_seq;
PREPARE free_of_charge AS UPDATE trading.fills SET fee = 0;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'my_fills',
    format(
        $$ VALUES (
            %L::uuid, 'T1BTC-T1USD', 1::bigint, 'buy', 'maker', '100', '0.4', '40', '0.04', 'T1USD', '0.001', '0'
        ) $$, :'alice_bought'
    ),
    'Alice sees what she bought as the maker'
);
SELECT is_empty(
    format(
        'SELECT 1 FROM api.fills AS f WHERE strpos(f::text, %L) > 0 OR strpos(f::text, %L) > 0', :'bob', :'bob_sold'
    ),
    'neither Bob nor his order is in it'
);
SELECT results_eq('on_the_tape', $$ VALUES ('buy', 'sell', TRUE) $$, 'trade_seq finds the trade on the tape');
SELECT throws_ok('DELETE FROM api.fills', '55000', NULL, 'the view takes no change');
SELECT throws_ok('free_of_charge', '42501', NULL, 'nor does Alice make one behind it');

SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'my_fills',
    format(
        $$ VALUES (
            %L::uuid, 'T1BTC-T1USD', 1::bigint, 'sell', 'taker', '100', '0.4', '40', '0.08', 'T1USD', '0.002', '0'
        ) $$, :'bob_sold'
    ),
    'Bob sees his own side of the same trade'
);

SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_fills', 'somebody who never traded sees none');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('my_fills', 'a request that speaks for nobody sees none');

SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('my_fills', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_fills', '42501', NULL, 'a service reads no fill here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_fills', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute('api.markets(api.fills)'), ARRAY['authenticated', 'tradebase_support'],
    'who reads the view embeds its markets'
);
PREPARE my_markets AS
SELECT DISTINCT f.market, m.symbol FROM api.fills AS f, api.markets(f) AS m ORDER BY 1;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('my_markets', $$ VALUES ('T1BTC-T1USD', 'T1BTC-T1USD') $$, 'Alice embeds where each of her fills was traded');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_markets', 'and nobody else does');

RESET ROLE;
SELECT finish();
ROLLBACK;
