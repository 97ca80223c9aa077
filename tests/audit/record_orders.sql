-- audit.record_orders(): every amendment, and whoever ended an order that was neither their own nor the engine's.

BEGIN;
SELECT plan(15);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('audit.record_orders(text,uuid[],jsonb,jsonb)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);
CREATE FUNCTION pg_temp.place(price numeric) RETURNS uuid LANGUAGE sql AS $$
    SELECT (trading.place_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'buy', 'limit', 1, price
    ) #>> '{order,id}')::uuid
$$;
SELECT
    pg_temp.place(50) AS first, pg_temp.place(51) AS second, pg_temp.place(52) AS third, pg_temp.place(53) AS fourth,
    pg_temp.place(54) AS fifth \gset
SELECT coalesce(max(l.id), 0) AS before_all FROM audit.audit_logs AS l \gset
PREPARE recorded AS
SELECT l.operation, l.row_key, l.actor_id, l.database_role, l.before, l.after
FROM audit.audit_logs AS l WHERE l.relation = 'trading.orders' ORDER BY l.id DESC LIMIT 1;
PREPARE how_many AS
SELECT count(*)::integer FROM audit.audit_logs AS l WHERE l.relation = 'trading.orders' AND l.id > :before_all;

-- As the user
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT api.amend_order(:'first', 0.5);
SELECT api.cancel_order(:'second');
RESET ROLE;
SELECT results_eq(
    'recorded',
    format(
        $$ VALUES ('AMEND', %L, %L::uuid, 'authenticated', '{"quantity": "1"}'::jsonb, '{"quantity": "0.5"}'::jsonb) $$,
        :'first', :'alice'
    ), 'Alice wants less, and what it was before is on record'
);
SELECT results_eq('how_many', ARRAY[1], 'that she cancels her own order its own row tells');
SET LOCAL ROLE authenticated;
SELECT api.amend_order(:'first', 0.5, 40) ->> 'id' AS successor \gset
RESET ROLE;
SELECT results_eq(
    'recorded',
    format(
        $$ VALUES (
            'AMEND', %L, %L::uuid, 'authenticated', '{"price": "50", "quantity": "0.5"}'::jsonb,
            '{"price": "40", "quantity": "0.5", "replaced_by": "%s"}'::jsonb
        ) $$, :'first', :'alice', :'successor'
    ), 'at another price it is another order, which is named'
);
SELECT set_config('request.jwt.claims', '', TRUE);

-- As somebody else
SET LOCAL ROLE service_role;
SELECT api.cancel_order_for(:'alice', :'third');
RESET ROLE;
SELECT results_eq(
    'recorded', format($$ VALUES ('CANCEL', %L, NULL::uuid, 'service_role', NULL::jsonb, NULL::jsonb) $$, :'third'),
    'a service ended one'
);
SELECT trading.cancel_order_for(:'alice', :'third');
SELECT results_eq('how_many', ARRAY[3], 'once, however often it says so');
SELECT trading.cancel_orders_for(:'alice', ARRAY[:'fourth']::uuid[]);
SELECT results_eq('SELECT operation, row_key FROM audit.audit_logs ORDER BY id DESC LIMIT 1', format($$ VALUES ('CANCEL', %L) $$, :'fourth'), 'one of a list');
SELECT trading.cancel_all_orders_for(:'alice');
SELECT results_eq('how_many', ARRAY[6], 'each of all that were left');
SELECT is(trading.cancel_all_orders_for(:'alice'), 0, 'where nothing is left');
SELECT results_eq('how_many', ARRAY[6], 'nothing is on record');

-- The engine, and who speaks for it
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS pending \gset
SELECT trading.place_order_for(:'bob', 'T1ETH-T1USD', 'sell', 'limit', 1, 60) -> 'order' ->> 'id' AS other \gset
SET LOCAL ROLE tradebase_engine;
SELECT trading.close_order(:'pending', 'rejected', 'engine_reject', 1);
RESET ROLE;
SELECT results_eq('how_many', ARRAY[6], 'what the engine ends its sequence tells');
SET LOCAL ROLE service_role;
SELECT api.close_order(:'other', 'canceled', 'admin_cancel', 2);
SELECT api.close_order(:'other', 'canceled', 'admin_cancel', 2);
RESET ROLE;
SELECT results_eq(
    'recorded',
    format(
        $$ VALUES (
            'CLOSE', %L, NULL::uuid, 'service_role', NULL::jsonb,
            '{"status": "canceled", "close_reason": "admin_cancel"}'::jsonb
        ) $$, :'other'
    ), 'what an administrator ends in its place is on record'
);
SELECT results_eq('how_many', ARRAY[7], 'once');

-- Whoever halts a market ends what is open in it.
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.5, 60) -> 'order' ->> 'id' AS halted \gset
SET LOCAL ROLE tradebase_operator;
SELECT market.set_market_status('T1BTC-T1USD', 'halted');
SELECT market.set_market_status('T1BTC-T1USD', 'halted');
RESET ROLE;
SELECT results_eq(
    'recorded',
    format($$ VALUES ('CANCEL', %L, NULL::uuid, 'tradebase_operator', NULL::jsonb, NULL::jsonb) $$, :'halted'),
    'what an operator ends with its market is on record'
);
SELECT results_eq('how_many', ARRAY[8], 'once');

SELECT finish();
ROLLBACK;
