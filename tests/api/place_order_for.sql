-- api.place_order_for(): a service places an order for the user it names, with every option, and nobody else may.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_market.psql

SELECT isnt_definer('api', 'place_order_for', ARRAY[
    'uuid', 'text', 'text', 'text', 'numeric', 'numeric', 'text', 'text', 'boolean', 'timestamp with time zone', 'text'
]);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.pronamespace = 'api'::regnamespace AND p.proname = 'place_order_for'
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['service_role'], 'only a service may call it'
);

PREPARE with_every_option AS
SELECT
    d -> 'replayed',
    (d -> 'order') - 'id' - 'created_at' - 'updated_at' - 'expires_at',
    (d -> 'order' ->> 'expires_at')::timestamptz = now() + INTERVAL '1 day'
FROM api.place_order_for(
    user_id => :'alice', market => 'T1BTC-T1USD', side => 'buy', type => 'limit', quantity => '0.25', price => '100.50',
    time_in_force => 'gtd', client_order_id => 'mine:1', post_only => TRUE, expires_at => now() + INTERVAL '1 day',
    stp => 'cancel_both'
) AS d;
PREPARE the_same_by_place AS
SELECT api.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.25, 100.5, 'gtd', 'mine:1', TRUE, now() + INTERVAL '1 day', 'cancel_both'
) -> 'replayed';
PREPARE for_bob AS
SELECT d -> 'order' ->> 'time_in_force', d -> 'order' -> 'client_order_id', d -> 'order' -> 'post_only'
FROM api.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.5, 120) AS d;
PREPARE another_under_its_name AS
SELECT api.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.3, 100.5, client_order_id => 'mine:1');
PREPARE for_a_stranger AS
SELECT api.place_order_for('cccccccc-0000-4000-8000-00000000000c', 'T1BTC-T1USD', 'buy', 'limit', 1, 100);
PREPARE for_nobody AS SELECT api.place_order_for(NULL, 'T1BTC-T1USD', 'buy', 'limit', 1, 100);
PREPARE nowhere AS SELECT api.place_order_for(:'alice', 'T1-NOT-HERE', 'buy', 'limit', 1, 100);
PREPARE too_much AS SELECT api.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.6, 120);
PREPARE orders_of_both AS
SELECT
    user_id, client_order_id::text, side::text, trim_scale(price)::text, trim_scale(quantity)::text, post_only,
    stp::text,
    expires_at = now() + INTERVAL '1 day', trim_scale(hold)::text
FROM trading.orders WHERE market_id = (SELECT m.id FROM market.markets AS m WHERE m.symbol = 'T1BTC-T1USD')
ORDER BY seq;

SET LOCAL ROLE anon;
SELECT throws_ok('with_every_option', '42501', NULL, 'nobody off the street places an order');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('with_every_option', '42501', NULL, 'Alice does not call it for herself');
SELECT throws_ok('for_bob', '42501', NULL, 'let alone for Bob');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('with_every_option', '42501', NULL, 'nor does an operator');
RESET ROLE;
SELECT is_empty('orders_of_both', 'none of them left an order');

-- The claims are of Alice still: the service is asked for whom, not the request.
SET LOCAL ROLE service_role;
SELECT results_eq(
    'for_bob', $$ VALUES ('gtc', jsonb 'null', jsonb 'false') $$, 'the service places for Bob, without an option'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT results_eq(
    'with_every_option',
    $$ VALUES (jsonb 'false', jsonb '{
        "client_order_id": "mine:1", "market": "T1BTC-T1USD", "side": "buy", "type": "limit", "time_in_force": "gtd",
        "post_only": true, "status": "open", "price": "100.5", "quantity": "0.25", "filled_quantity": "0",
        "filled_quote": "0", "fee_total": "0", "hold": "25.17525", "closed_at": null, "close_reason": null,
        "cancel_requested_at": null, "replaces_order_id": null
    }', TRUE) $$,
    'it places for Alice with every option and is told what it is'
);
SELECT results_eq('the_same_by_place', ARRAY['true'::jsonb], 'again by place, and it is the same order');
SELECT throws_ok(
    'another_under_its_name', 'TR204', 'client_order_id was used for another order', 'a name stands for one order'
);
SELECT throws_ok('for_a_stranger', 'TR012', 'unknown user', 'a user whom nobody knows has no order');
SELECT throws_ok('for_nobody', 'TR010', 'invalid user_id', 'nor has nobody');
SELECT throws_ok('nowhere', 'TR001', 'unknown market', 'an unknown market is refused');
SELECT throws_ok('too_much', 'TR101', NULL, 'so is more than Bob has free');
SELECT throws_ok('SELECT id FROM trading.orders', '42501', NULL, 'the service reads no order');

RESET ROLE;
SELECT results_eq(
    'orders_of_both',
    $$ VALUES
        ('bbbbbbbb-0000-4000-8000-00000000000b'::uuid, NULL, 'sell', '120', '0.5', FALSE, 'cancel_taker', FALSE, '0.5'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'mine:1', 'buy', '100.5', '0.25', TRUE, 'cancel_both', TRUE,
         '25.17525')
    $$,
    'each order is of the user it was placed for, every option in its place'
);

SELECT finish();
ROLLBACK;
