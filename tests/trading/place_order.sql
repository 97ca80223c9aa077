-- trading.place_order(): who is signed in places an order for themself, and for nobody else.

BEGIN;
SELECT plan(18);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

\set signature 'trading.place_order(text,text,text,numeric,numeric,text,text,boolean,timestamptz,text)'

SELECT is(
    (SELECT p.prosecdef FROM pg_proc AS p WHERE p.oid = :'signature'::regprocedure), TRUE, 'it runs as its owner'
);
SELECT is(
    (SELECT p.proowner::regrole::text FROM pg_proc AS p WHERE p.oid = :'signature'::regprocedure), 'tradebase_kernel',
    'who is the kernel'
);
SELECT is(pg_temp.who_may_execute(:'signature'), ARRAY['authenticated'], 'only who is signed in may');

SELECT date_trunc('second', now()) + INTERVAL '24 hours' AS tomorrow \gset
PREPARE place(numeric, text) AS
SELECT
    r -> 'replayed', r -> 'order' ->> 'status', r -> 'order' ->> 'quantity', r -> 'order' ->> 'client_order_id'
FROM trading.place_order('T1BTC-T1USD', 'buy', 'limit', $1, 100, client_order_id => $2) AS r;
PREPARE place_with_all AS
SELECT (r -> 'order') - ARRAY['id', 'created_at', 'updated_at', 'expires_at']
FROM trading.place_order(
    'T1BTC-T1USD', 'sell', 'limit', 0.25, 110.01, 'gtd', 'all', TRUE, :'tomorrow', 'cancel_both'
) AS r;
PREPARE place_at_market AS
SELECT r -> 'order' ->> 'type' FROM trading.place_order('T1BTC-T1USD', 'sell', 'market', 0.25) AS r;
PREPARE orders AS
SELECT o.user_id, o.client_order_id::text, trim_scale(o.quantity)::text, o.stp::text, o.expires_at = :'tomorrow'
FROM trading.orders AS o WHERE o.market_id = :traded ORDER BY o.seq;

-- Who may

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE place(0.5, 'mine') $$, '42501', NULL, 'nobody off the street places an order');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE place(0.5, 'mine') $$, '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE place(0.5, 'mine') $$, '42501', NULL, 'nor an operator');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE place(0.5, 'mine') $$, '42501', NULL, 'a service says for whom');
SET LOCAL ROLE authenticated;
SELECT throws_ok(
    $$ EXECUTE place(0.5, 'mine') $$, 'TR010', 'invalid user_id', 'nobody is signed in without claims'
);
SET LOCAL request.jwt.claims = '{"role": "authenticated"}';
SELECT throws_ok($$ EXECUTE place(0.5, 'mine') $$, 'TR010', 'invalid user_id', 'nor with claims of nobody');
SET LOCAL request.jwt.claims = '{"sub": "cccccccc-0000-4000-8000-00000000000c", "role": "authenticated"}';
SELECT throws_ok($$ EXECUTE place(0.5, 'mine') $$, 'TR012', 'unknown user', 'nor is a stranger known');

-- Each for themself

SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok(
    'place_at_market', 'TR006', 'there is no price to trade at', 'what Alice does not say has its default'
);
SELECT results_eq(
    $$ EXECUTE place(0.5, 'mine') $$, $$ VALUES (jsonb 'false', 'open', '0.5', 'mine') $$, 'Alice places an order'
);
SELECT results_eq(
    $$ EXECUTE place(0.5, 'mine') $$, $$ VALUES (jsonb 'true', 'open', '0.5', 'mine') $$,
    'the same request again answers with it'
);
SELECT throws_ok(
    $$ EXECUTE place(0.4, 'mine') $$, 'TR204', 'client_order_id was used for another order',
    'another one under the name does not'
);
SELECT throws_ok(
    $$ EXECUTE place(100, 'more') $$, 'TR101', 'insufficient available balance',
    'nor does Alice buy more than she can pay'
);
SELECT results_eq(
    'place_with_all',
    $$ VALUES (jsonb '{
        "client_order_id": "all", "market": "T1BTC-T1USD", "side": "sell", "type": "limit", "time_in_force": "gtd",
        "post_only": true, "status": "open", "price": "110.01", "quantity": "0.25", "filled_quantity": "0",
        "filled_quote": "0", "fee_total": "0", "hold": "0.25", "closed_at": null, "close_reason": null,
        "cancel_requested_at": null, "replaces_order_id": null
    }') $$,
    'every argument arrives where it belongs'
);
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    $$ EXECUTE place(0.4, 'mine') $$, $$ VALUES (jsonb 'false', 'open', '0.4', 'mine') $$,
    'Bob''s names are his own'
);
RESET request.jwt.claims;
RESET ROLE;
SELECT results_eq(
    'orders',
    $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'mine', '0.5', 'cancel_taker', FALSE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'all', '0.25', 'cancel_both', TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'mine', '0.4', 'cancel_taker', FALSE) $$,
    'each order belongs to who placed it'
);

SELECT finish();
ROLLBACK;
