-- api.place_order(): who is signed in places their own order, with every option, and learns why it is refused.

BEGIN;
SELECT plan(22);
\ir ../fixtures/trading_market.psql

SELECT isnt_definer('api', 'place_order', ARRAY[
    'text', 'text', 'text', 'numeric', 'numeric', 'text', 'text', 'boolean', 'timestamp with time zone', 'text'
]);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.place_order(text,text,text,numeric,numeric,text,text,boolean,timestamptz,text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['authenticated'], 'only who is signed in may call it'
);

PREPARE with_every_option AS
SELECT
    d -> 'replayed',
    (d -> 'order') - 'id' - 'created_at' - 'updated_at' - 'expires_at',
    (d -> 'order' ->> 'expires_at')::timestamptz = now() + INTERVAL '1 day'
FROM api.place_order(
    market => 'T1BTC-T1USD', side => 'buy', type => 'limit', quantity => '0.25', price => '100.50',
    time_in_force => 'gtd', client_order_id => 'mine:1', post_only => TRUE, expires_at => now() + INTERVAL '1 day',
    stp => 'cancel_both'
) AS d;
PREPARE with_no_option AS
SELECT
    d -> 'order' ->> 'time_in_force', d -> 'order' -> 'client_order_id', d -> 'order' -> 'post_only',
    (d -> 'order' ->> 'expires_at')::timestamptz
    = (d -> 'order' ->> 'created_at')::timestamptz + INTERVAL '90 days'
FROM api.place_order('T1BTC-T1USD', 'sell', 'limit', 0.5, 120) AS d;
PREPARE at_the_market AS
SELECT d -> 'order' ->> 'type', d -> 'order' ->> 'time_in_force', d -> 'order' ->> 'price'
FROM api.place_order(market => 'T1BTC-T1USD', side => 'sell', type => 'market', quantity => 0.1) AS d;
PREPARE another_under_its_name AS
SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.3, 100.5, client_order_id => 'mine:1');
PREPARE orders_of_both AS
SELECT
    user_id, client_order_id::text, side::text, trim_scale(price)::text, trim_scale(quantity)::text, post_only,
    stp::text,
    expires_at = now() + INTERVAL '1 day', trim_scale(hold)::text
FROM trading.orders WHERE market_id = (SELECT m.id FROM market.markets AS m WHERE m.symbol = 'T1BTC-T1USD')
ORDER BY seq;

SET LOCAL ROLE anon;
SELECT throws_ok('with_every_option', '42501', NULL, 'nobody off the street places an order');
SET LOCAL ROLE service_role;
SELECT throws_ok('with_every_option', '42501', NULL, 'a service does not place one of its own');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('with_every_option', '42501', NULL, 'nor does an operator');
SET LOCAL ROLE authenticated;
SELECT throws_ok('with_every_option', 'TR010', 'invalid user_id', 'a request that speaks for nobody places none');
RESET ROLE;
SELECT is_empty('orders_of_both', 'none of them left an order');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'with_every_option',
    $$ VALUES (jsonb 'false', jsonb '{
        "client_order_id": "mine:1", "market": "T1BTC-T1USD", "side": "buy", "type": "limit", "time_in_force": "gtd",
        "post_only": true, "status": "open", "price": "100.5", "quantity": "0.25", "filled_quantity": "0",
        "filled_quote": "0", "fee_total": "0", "hold": "25.17525", "closed_at": null, "close_reason": null,
        "cancel_requested_at": null, "replaces_order_id": null
    }', TRUE) $$,
    'Alice places an order with every option and is told what it is'
);
SELECT results_eq(
    'SELECT d FROM (SELECT api.place_order(
        ''T1BTC-T1USD'', ''buy'', ''limit'', 0.25, 100.5, ''gtd'', ''mine:1'', TRUE, now() + INTERVAL ''1 day'',
        ''cancel_both''
    ) -> ''replayed'' AS d) AS a', ARRAY['true'::jsonb], 'the same by place, and it is the same order'
);
SELECT results_eq(
    'with_no_option', $$ VALUES ('gtc', jsonb 'null', jsonb 'false', TRUE) $$,
    'an order needs no option'
);
SELECT results_eq(
    'SELECT client_order_id::text, side::text FROM api.open_orders ORDER BY side',
    $$ VALUES ('mine:1', 'buy'), (NULL, 'sell') $$, 'Alice sees both of them'
);

SELECT throws_ok(
    'another_under_its_name', 'TR204', 'client_order_id was used for another order', 'a name stands for one order'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1-NOT-HERE', 'buy', 'limit', 1, 100) $$, 'TR001', 'unknown market',
    'an unknown market is refused'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 1, 100.005) $$, 'TR003', NULL,
    'a price between two ticks is refused'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 'NaN', 100) $$, 'TR010', 'invalid quantity',
    'NaN is not a quantity'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1BTC-T1USD', 'buy', 'market', 1, post_only => TRUE) $$, 'TR007', NULL,
    'options that contradict each other are refused'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1BTC-T1USD', 'sell', 'limit', 1.6, 120) $$, 'TR101', NULL,
    'more than Alice has free is refused'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1ETH-T1BTC', 'buy', 'limit', 1, 0.05) $$, 'TR307', NULL,
    'so is a market that no external engine matches'
);

SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT is_empty('SELECT id FROM api.open_orders', 'Bob sees none of it');
SELECT results_eq(
    'at_the_market', $$ VALUES ('market', 'ioc', '90.45') $$, 'Bob sells at the market, down to the collar'
);
SELECT results_eq(
    $$ SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, 90, client_order_id => 'mine:1') -> 'replayed' $$,
    ARRAY['false'::jsonb], 'a name that Alice uses is free for Bob'
);

RESET ROLE;
SELECT results_eq(
    'orders_of_both',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'mine:1', 'buy', '100.5', '0.25', TRUE, 'cancel_both', TRUE,
         '25.17525'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', NULL, 'sell', '120', '0.5', FALSE, 'cancel_taker', FALSE, '0.5'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', NULL, 'sell', '90.45', '0.1', FALSE, 'cancel_taker', NULL, '0.1'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'mine:1', 'buy', '90', '0.1', FALSE, 'cancel_taker', FALSE, '9.018')
    $$,
    'what was refused left nothing, and every option is in its place'
);

SELECT finish();
ROLLBACK;
