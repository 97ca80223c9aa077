-- trading.fill_orders(): orders that stay open take their fills, each its own.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'fill_orders', ARRAY['uuid[]', 'numeric[]', 'numeric[]', 'numeric[]', 'numeric[]']);
SELECT is(
    pg_temp.who_may_execute('trading.fill_orders(uuid[],numeric[],numeric[],numeric[],numeric[])'),
    ARRAY['tradebase_kernel'], 'only the kernel may'
);

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS alice_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 110
) -> 'order' ->> 'id' AS bob_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1ETH-T1USD', 'sell', 'limit', 0.3, 120
) -> 'order' ->> 'id' AS pending_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 111
) -> 'order' ->> 'id' AS other_order \gset

PREPARE fill AS
SELECT trading.fill_orders(
    ARRAY[:'bob_order', :'alice_order', :'pending_order']::uuid[], ARRAY[0.1, 0.2, 0.1], ARRAY[11, 20, 12],
    ARRAY[0.01, 0.02, -0.03], ARRAY[0.3, 30.06, 0.1]
);
PREPARE overfill AS
SELECT trading.fill_orders(ARRAY[:'bob_order']::uuid[], ARRAY[0.31], ARRAY[1], ARRAY[0], ARRAY[0]);
PREPARE filled AS
SELECT
    o.status::text, o.on_book, trim_scale(o.filled_quantity)::text, trim_scale(o.filled_quote)::text,
    trim_scale(o.fee_total)::text, trim_scale(o.hold)::text, o.version
FROM partitions.orders_open AS o
WHERE o.id IN (:'alice_order', :'bob_order', :'pending_order', :'other_order') ORDER BY o.seq;

SET LOCAL ROLE service_role;
SELECT throws_ok('fill', '42501', NULL, 'a service fills nothing');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('fill', '42501', NULL, 'nor does Alice');
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('fill', 'orders fill');
RESET ROLE;
SELECT results_eq(
    'filled',
    $$ VALUES
    ('partially_filled', TRUE, '0.2', '20', '0.02', '30.06', 2), ('partially_filled', TRUE, '0.1', '11', '0.01', '0.3', 2),
    ('partially_filled', TRUE, '0.1', '12', '-0.03', '0.1', 2), ('open', TRUE, '0', '0', '0', '0.4', 1) $$,
    'each took its own, a pending one is in the book with it, others are as they were'
);
SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('fill', 'they fill again');
SELECT throws_ok('overfill', '23514', NULL, 'but not beyond their quantity');
RESET ROLE;
SELECT results_eq(
    'filled',
    $$ VALUES
    ('partially_filled', TRUE, '0.4', '40', '0.04', '30.06', 3), ('partially_filled', TRUE, '0.2', '22', '0.02', '0.3', 3),
    ('partially_filled', TRUE, '0.2', '24', '-0.06', '0.1', 3), ('open', TRUE, '0', '0', '0', '0.4', 1) $$,
    'the fills add up'
);

SELECT trading.cancel_order_for(:'bob', :'other_order') ->> 'status' AS gone \gset
PREPARE fill_what_is_gone AS
SELECT trading.fill_orders(
    ARRAY[:'other_order', :'alice_order']::uuid[], ARRAY[0.1, 0.05], ARRAY[1, 1], ARRAY[0, 0], ARRAY[0, 20]
);
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    'fill_what_is_gone', 'TR303', 'an order is not open any more', 'what is closed is not filled in silence'
);
RESET ROLE;

SELECT finish();
ROLLBACK;
