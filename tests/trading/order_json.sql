-- trading.order_json(): an order as its owner sees it, its amounts as text and nothing of the platform's own columns.

BEGIN;
SELECT plan(8);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'order_json', ARRAY['trading.orders']);
SELECT is(
    pg_temp.who_may_execute('trading.order_json(trading.orders)'), ARRAY['tradebase_kernel'], 'only the kernel may'
);

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.50, 100.010, 'gtc', 'alice:1', TRUE
) -> 'order' ->> 'id' AS order_id \gset
UPDATE partitions.orders_open
SET status = 'partially_filled', filled_quantity = 0.100, filled_quote = 10.00100, fee_total = -0.0010, hold = 40.40
WHERE id = :'order_id';

PREPARE shown AS
SELECT trading.order_json(o) FROM trading.orders AS o WHERE o.id = :'order_id';
PREPARE keys AS
SELECT k.key FROM trading.orders AS o, jsonb_object_keys(trading.order_json(o)) AS k (key)
WHERE o.id = :'order_id' ORDER BY k.key COLLATE "C";
PREPARE amounts AS
SELECT
    trading.order_json(o) - ARRAY['id', 'created_at', 'updated_at', 'expires_at']
FROM trading.orders AS o WHERE o.id = :'order_id';
PREPARE times AS
SELECT
    (j ->> 'created_at')::timestamptz = o.created_at, (j ->> 'updated_at')::timestamptz = o.updated_at,
    (j ->> 'expires_at')::timestamptz = o.expires_at, (j ->> 'id')::uuid = o.id
FROM trading.orders AS o, trading.order_json(o) AS j WHERE o.id = :'order_id';
PREPARE closed AS
SELECT
    (j ->> 'closed_at')::timestamptz = o.closed_at, j ->> 'close_reason',
    (j ->> 'cancel_requested_at')::timestamptz = o.cancel_requested_at
FROM trading.orders AS o, trading.order_json(o) AS j WHERE o.id = :'order_id';

SET LOCAL ROLE service_role;
SELECT throws_ok('shown', '42501', NULL, 'a service does not read orders');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('shown', '42501', NULL, 'nor do users call it themselves');
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'amounts',
    $$ VALUES (jsonb '{
        "client_order_id": "alice:1", "market": "T1BTC-T1USD", "side": "buy", "type": "limit", "time_in_force": "gtc",
        "post_only": true, "status": "partially_filled", "price": "100.01", "quantity": "0.5",
        "filled_quantity": "0.1", "filled_quote": "10.001", "fee_total": "-0.001", "hold": "40.4",
        "closed_at": null, "close_reason": null, "cancel_requested_at": null, "replaces_order_id": null
    }') $$,
    'amounts are text without trailing zeros, what is not there is null'
);
SELECT results_eq('times', 'VALUES (TRUE, TRUE, TRUE, TRUE)', 'times are the order''s');
SELECT results_eq(
    'keys',
    ARRAY[
        'cancel_requested_at', 'client_order_id', 'close_reason', 'closed_at', 'created_at', 'expires_at', 'fee_total',
        'filled_quantity', 'filled_quote', 'hold', 'id', 'market', 'post_only', 'price', 'quantity',
        'replaces_order_id', 'side', 'status', 'time_in_force', 'type', 'updated_at'
    ],
    'neither the user nor an id of the platform is shown'
);
RESET ROLE;

UPDATE partitions.orders_open SET cancel_requested_at = '2026-01-02 03:04:05.678901+00' WHERE id = :'order_id';
SELECT trading.cancel_order_for(:'alice', :'order_id') ->> 'status' AS status \gset
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('closed', $$ VALUES (TRUE, 'user_cancel', TRUE) $$, 'a closed order says when and why');
RESET ROLE;

SELECT finish();
ROLLBACK;
