-- trading.order_event(): an order as its user is told of it.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_rows.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'order_event', ARRAY['trading.orders', 'text']);
SELECT is(
    pg_temp.who_may_execute('trading.order_event(trading.orders,text)'), ARRAY['tradebase_kernel'], 'only the kernel may'
);
SELECT is(
    (SELECT p.proconfig FROM pg_proc AS p WHERE p.oid = 'trading.order_event'::regproc), NULL,
    'without a setting of its own it is inlined'
);

CREATE FUNCTION pg_temp.event_of(changes jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT trading.order_event(
        jsonb_populate_record(NULL::trading.orders, pg_temp.row_of('trading.orders', changes)), 'T1BTC-T1USD'
    )
$$;
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ SELECT trading.order_event(NULL, '') $$, '42501', NULL, 'a user has no need of it');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ SELECT trading.order_event(NULL, '') $$, '42501', NULL, 'nor a service');
RESET ROLE;
SELECT is(
    pg_temp.event_of('{"price": 10.50, "quantity": 2.00, "client_order_id": "alice:1"}'),
    '{
        "id": "01c1790c-d500-7000-8000-000000000001", "client_order_id": "alice:1", "market": "T1BTC-T1USD",
        "side": "buy", "type": "limit", "status": "open", "price": "10.5", "quantity": "2", "filled_quantity": "0",
        "cancel_requested": false, "close_reason": null
    }'::jsonb,
    'what it is known by and what changes while it lives, amounts as text without zeros'
);
SELECT is(
    pg_temp.event_of('{
        "status": "canceled", "close_reason": "user_cancel", "filled_quantity": 0.30, "side": "sell",
        "cancel_requested_at": "2031-03-05 10:00:00+00", "closed_at": "2031-03-05 10:00:01+00"
    }') - 'id' - 'market' - 'type' - 'price' - 'quantity',
    '{
        "client_order_id": null, "side": "sell", "status": "canceled", "filled_quantity": "0.3",
        "cancel_requested": true, "close_reason": "user_cancel"
    }'::jsonb,
    'as what it ended, and why'
);
SELECT is(
    pg_temp.event_of('{"cancel_requested_at": "2031-03-05 10:00:00+00"}') -> 'cancel_requested', 'true'::jsonb,
    'or that its end is asked for'
);
SELECT is(
    pg_temp.event_of(jsonb_build_object('type', 'market', 'price', NULL)) -> 'price', 'null'::jsonb,
    'an order without a price has none'
);
SELECT results_eq(
    $$ SELECT k COLLATE "default" FROM jsonb_object_keys(pg_temp.event_of('{}')) AS k ORDER BY 1 $$,
    ARRAY[
        'cancel_requested', 'client_order_id', 'close_reason', 'filled_quantity', 'id', 'market', 'price', 'quantity',
        'side', 'status', 'type'
    ],
    'nothing else: no user, no hold, no fee'
);

SELECT finish();
ROLLBACK;
