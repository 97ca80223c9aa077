-- api.open_orders: my orders that live, nobody else's, out of the one leaf that holds the open book.

BEGIN;
SELECT plan(24);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql

-- The tables that the plan of a statement reads.
CREATE FUNCTION pg_temp.relations_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' || statement INTO plan;
    RETURN ARRAY(
        SELECT DISTINCT (n.node ->> 'Schema') || '.' || (n.node ->> 'Relation Name')
        FROM jsonb_path_query(plan, 'strict $.** ? (exists (@."Relation Name"))') AS n (node)
        ORDER BY 1
    );
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.relations_of(text) TO authenticated;

SELECT columns_are('api', 'open_orders', ARRAY[
    'id', 'client_order_id', 'market', 'side', 'type', 'time_in_force', 'post_only', 'status', 'price', 'quantity',
    'filled_quantity', 'filled_quote', 'fee_total', 'hold', 'created_at', 'updated_at', 'expires_at',
    'cancel_requested_at', 'replaces_order_id'
]);
SELECT any_column_privs_are('api', 'open_orders', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'open_orders', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'open_orders', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'open_orders', 'tradebase_support', ARRAY['SELECT']);

PREPARE my_orders AS
SELECT
    id, client_order_id::text, market, side::text, type::text, time_in_force::text, post_only, status::text, trim_scale(price)::text,
    trim_scale(quantity)::text, trim_scale(filled_quantity)::text, trim_scale(filled_quote)::text,
    trim_scale(fee_total)::text, trim_scale(hold)::text
FROM api.open_orders ORDER BY created_at;
PREPARE my_times AS
SELECT
    updated_at >= created_at, expires_at = created_at + INTERVAL '90 days', cancel_requested_at, replaces_order_id
FROM api.open_orders;
PREPARE get_a_bargain AS UPDATE trading.orders SET price = 1;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'my_orders',
    format(
        $$ VALUES (
            %L::uuid, 'alice:open', 'T1ETH-T1USD', 'buy', 'limit', 'gtc', TRUE, 'pending', '50', '2',
            '0', '0', '0', '100.1'
        ) $$, :'alice_open'
    ),
    'Alice sees the order that lives, not those that have ended'
);
SELECT results_eq(
    'my_times', $$ VALUES (TRUE, TRUE, NULL::timestamptz, NULL::uuid) $$,
    'with the age it may reach, and nobody has asked to end it'
);
SELECT is(
    pg_temp.relations_of('SELECT * FROM api.open_orders'), ARRAY['market.markets', 'partitions.orders_open'],
    'no plan of it reads a leaf of the history'
);
SELECT is(
    pg_temp.relations_of($$ SELECT id FROM api.open_orders WHERE side = 'buy' ORDER BY created_at LIMIT 1 $$),
    ARRAY['market.markets', 'partitions.orders_open'], 'nor does one of a page of it'
);
SELECT throws_ok('UPDATE api.open_orders SET price = 1', '55000', NULL, 'the view takes no change');
SELECT throws_ok('get_a_bargain', '42501', NULL, 'nor does Alice make one behind it');
SELECT results_eq(
    $$ SELECT i.id FROM api.open_orders AS i WHERE i.client_order_id LIKE 'bob:%' $$, ARRAY[]::uuid[],
    'no order of Bob is among hers'
);

SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'my_orders',
    format(
        $$ VALUES (
            %L::uuid, 'bob:sold', 'T1BTC-T1USD', 'sell', 'limit', 'gtc', FALSE, 'partially_filled',
            '99.9', '1', '0.4', '40', '0.08', '0.6'
        ) $$, :'bob_sold'
    ),
    'Bob sees his own, and what is left of it'
);

SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_orders', 'somebody without an order sees none');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('my_orders', 'a request that speaks for nobody sees none');

SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('my_orders', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_orders', '42501', NULL, 'a service reads no order here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_orders', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute(f.name::regprocedure), ARRAY['authenticated', 'tradebase_support'],
    format('who reads the view embeds its %s', f.name)
)
FROM (VALUES ('api.markets(api.open_orders)'), ('api.fills(api.open_orders)')) AS f (name);
PREPARE my_markets AS SELECT DISTINCT m.symbol FROM api.open_orders AS o, api.markets(o) AS m ORDER BY 1;
PREPARE my_fills AS
SELECT o.client_order_id::text, trim_scale(f.quantity)::text FROM api.open_orders AS o, api.fills(o) AS f;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('my_markets', $$ VALUES ('T1BTC-T1USD') $$, 'who placed an order embeds its market');
SELECT results_eq('my_fills', $$ VALUES ('bob:sold', '0.4') $$, 'and what it traded, not what other orders did');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_markets', 'somebody else embeds nothing');
SELECT is_empty('my_fills', 'of either');

RESET ROLE;
SELECT finish();
ROLLBACK;
