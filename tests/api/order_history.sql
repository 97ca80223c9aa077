-- api.order_history: my orders that have ended, newest first, by a cursor that nothing that ends meanwhile displaces.

BEGIN;
SELECT plan(27);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql
SELECT count(ops.ensure_partitions('trading.orders', d.day, d.day)) AS leaves
FROM (VALUES (date '2031-02-01'), ('2031-03-01'), ('2031-04-01')) AS d (day) \gset
SELECT leaf::text AS march FROM ops.partition_bounds('trading.orders') WHERE from_at = '2031-03-01 00:00+00' \gset
SELECT leaf::text AS april FROM ops.partition_bounds('trading.orders') WHERE from_at = '2031-04-01 00:00+00' \gset

-- The tables that the plan of a statement reads, but the markets.
CREATE FUNCTION pg_temp.leaves_of(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' || statement INTO plan;
    RETURN ARRAY(
        SELECT DISTINCT (n.node ->> 'Schema') || '.' || (n.node ->> 'Relation Name')
        FROM jsonb_path_query(plan, 'strict $.** ? (exists (@."Relation Name"))') AS n (node)
        WHERE n.node ->> 'Relation Name' <> 'markets'
        ORDER BY 1
    );
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.leaves_of(text) TO authenticated;

SELECT columns_are('api', 'order_history', ARRAY[
    'closed_at', 'id', 'client_order_id', 'market', 'side', 'type', 'time_in_force', 'status', 'close_reason', 'price',
    'quantity', 'filled_quantity', 'filled_quote', 'fee_total', 'created_at', 'replaces_order_id'
]);
SELECT any_column_privs_are('api', 'order_history', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'order_history', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'order_history', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'order_history', 'tradebase_support', ARRAY['SELECT']);

PREPARE my_history AS
SELECT
    id, client_order_id::text, market, side::text, type::text, time_in_force::text, status::text, close_reason::text,
    trim_scale(price)::text,
    trim_scale(quantity)::text, trim_scale(filled_quantity)::text, trim_scale(filled_quote)::text,
    trim_scale(fee_total)::text, closed_at >= created_at, replaces_order_id
FROM api.order_history ORDER BY closed_at DESC, id DESC;
PREPARE rewrite_it AS DELETE FROM trading.orders;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'my_history',
    format(
        $$ VALUES
            (%L::uuid, 'alice:canceled', 'T1BTC-T1USD', 'sell', 'limit', 'gtc', 'canceled',
             'user_cancel', '110', '0.5', '0', '0', '0', TRUE, NULL::uuid),
            (%L, 'alice:bought', 'T1BTC-T1USD', 'buy', 'limit', 'gtc', 'filled',
             'filled', '100', '0.4', '0.4', '40', '0.04', TRUE, NULL) $$,
        :'alice_canceled', :'alice_bought'
    ),
    'Alice sees her orders that have ended, newest first, not the one that lives'
);
SELECT throws_ok('DELETE FROM api.order_history', '55000', NULL, 'the view takes no change');
SELECT throws_ok('rewrite_it', '42501', NULL, 'nor does Alice make one behind it');

-- Three more end in one moment, so a page of two cuts through a tie.
SELECT count(api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, p.price)) AS placed
FROM (VALUES (50), (51), (52)) AS p (price) \gset
SELECT api.cancel_all_orders('T1BTC-T1USD') AS ended \gset
SELECT string_agg(h.id::text, ' ' ORDER BY h.closed_at DESC, h.id DESC) AS whole FROM api.order_history AS h \gset
SELECT count(DISTINCT h.closed_at) AS moments FROM api.order_history AS h \gset
SELECT is(:moments, 3, 'three of the five have ended in one moment');

SELECT string_agg(h.id::text, ' ' ORDER BY h.closed_at DESC, h.id DESC) AS first_page
FROM (SELECT * FROM api.order_history ORDER BY closed_at DESC, id DESC LIMIT 2) AS h \gset
SELECT closed_at AS c, id AS i FROM api.order_history ORDER BY closed_at DESC, id DESC LIMIT 1 OFFSET 1 \gset

-- Between two pages another order is placed and ends.
SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.2, 53) -> 'order' ->> 'id' AS meanwhile \gset
SELECT api.cancel_order(:'meanwhile') ->> 'status' AS ended \gset
SELECT string_agg(h.id::text, ' ' ORDER BY h.closed_at DESC, h.id DESC) AS second_page
FROM (
    SELECT * FROM api.order_history
    WHERE closed_at <= :'c' AND (closed_at, id) < (:'c', :'i') ORDER BY closed_at DESC, id DESC LIMIT 2
) AS h \gset
SELECT closed_at AS c, id AS i FROM api.order_history
WHERE closed_at <= :'c' AND (closed_at, id) < (:'c', :'i') ORDER BY closed_at DESC, id DESC LIMIT 1 OFFSET 1 \gset
SELECT string_agg(h.id::text, ' ' ORDER BY h.closed_at DESC, h.id DESC) AS third_page
FROM (
    SELECT * FROM api.order_history
    WHERE closed_at <= :'c' AND (closed_at, id) < (:'c', :'i') ORDER BY closed_at DESC, id DESC LIMIT 2
) AS h \gset
SELECT is(
    concat_ws(' ', :'first_page', :'second_page', :'third_page'), :'whole'::text,
    'page after page is what there was, each once, in its order'
);
SELECT is(:'third_page'::text, :'alice_bought'::text, 'the last page holds the oldest and no more');
SELECT results_eq(
    'SELECT id FROM api.order_history ORDER BY closed_at DESC, id DESC LIMIT 1', ARRAY[:'meanwhile'::uuid],
    'what ended meanwhile leads the first page when that is read again'
);

SELECT is(
    pg_temp.leaves_of($$
        SELECT id FROM api.order_history
        WHERE closed_at <= '2031-03-31 12:00+00' AND closed_at >= '2031-03-01 00:00+00'
        ORDER BY closed_at DESC, id DESC LIMIT 50
    $$), ARRAY[:'march'], 'a page that is bound to a month reads the leaf of that month alone'
);
PREPARE page (timestamptz, uuid) AS
SELECT id FROM api.order_history
WHERE closed_at <= $1 AND closed_at >= '2031-03-01 00:00+00' AND (closed_at, id) < ($1, $2)
ORDER BY closed_at DESC, id DESC LIMIT 50;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(
    pg_temp.leaves_of($$ EXECUTE page ('2031-03-31 12:00+00', '01c1790c-d500-7000-8000-000000000001') $$),
    ARRAY[:'march'], 'so does one whose cursor is a parameter of a plan made before'
);
RESET plan_cache_mode;
SELECT ok(
    leaves @> ARRAY[:'march'] AND NOT leaves && ARRAY[:'april', 'partitions.orders_open'],
    'a cursor alone leaves out the months after it and the open book'
)
FROM pg_temp.leaves_of($$
    SELECT id FROM api.order_history
    WHERE closed_at <= '2031-03-31 12:00+00'
    AND (closed_at, id) < ('2031-03-31 12:00+00', '01c1790c-d500-7000-8000-000000000001')
    ORDER BY closed_at DESC, id DESC LIMIT 50
$$) AS leaves;

SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'SELECT id, status::text, close_reason::text FROM api.order_history',
    format($$ VALUES (%L::uuid, 'canceled', 'user_cancel') $$, :'bob_canceled'), 'Bob sees his own'
);
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_history', 'somebody who never placed an order sees none');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('my_history', 'a request that speaks for nobody sees none');

SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('my_history', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_history', '42501', NULL, 'a service reads no order here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_history', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute(f.name::regprocedure), ARRAY['authenticated', 'tradebase_support'],
    format('who reads the view embeds its %s', f.name)
)
FROM (VALUES ('api.markets(api.order_history)'), ('api.fills(api.order_history)')) AS f (name);
PREPARE my_markets AS SELECT DISTINCT m.symbol FROM api.order_history AS o, api.markets(o) AS m ORDER BY 1;
PREPARE my_fills AS
SELECT o.client_order_id::text, trim_scale(f.quantity)::text FROM api.order_history AS o, api.fills(o) AS f;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('my_markets', $$ VALUES ('T1BTC-T1USD') $$, 'who placed an order embeds its market');
SELECT results_eq('my_fills', $$ VALUES ('alice:bought', '0.4') $$, 'and what it traded, not what other orders did');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_markets', 'somebody else embeds nothing');
SELECT is_empty('my_fills', 'of either');

RESET ROLE;
SELECT finish();
ROLLBACK;
