-- trading.cancel_order_for(): an order ends once and gives back what it holds, or the engine is asked to end it.

BEGIN;
SELECT plan(50);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('trading', 'cancel_order_for', ARRAY['uuid', 'uuid', 'text']);
SELECT function_owner_is('trading', 'cancel_order_for', ARRAY['uuid', 'uuid', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('trading.cancel_order_for(uuid,uuid,text)'), ARRAY['service_role'], 'only a service may'
);

-- Schema api lends it to services later; here they name it themselves.
GRANT USAGE ON SCHEMA trading TO service_role;

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, 'gtc', 'alice:1', TRUE, NULL, 'cancel_both'
) -> 'order' ->> 'id' AS first_order \gset
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.25, 110, client_order_id => 'alice:2'
) -> 'order' ->> 'id' AS second_order \gset
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.2, 110, client_order_id => 'alice:3'
) -> 'order' ->> 'id' AS third_order \gset
SELECT trading.place_order_for(
    :'alice', 'T1ETH-T1USD', 'sell', 'limit', 2, 50, client_order_id => 'alice:acked'
) -> 'order' ->> 'id' AS acked_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.75, 111.11, client_order_id => 'bob:1'
) -> 'order' ->> 'id' AS bob_order \gset

PREPARE cancel(uuid, uuid, text) AS SELECT trading.cancel_order_for($1, $2, $3);
PREPARE alice_cancels(uuid, text) AS
SELECT r ->> 'status', r ->> 'close_reason', r ->> 'hold', r ->> 'client_order_id'
FROM trading.cancel_order_for(:'alice', $1, $2) AS r;
PREPARE first_again AS SELECT trading.cancel_order_for(:'alice', :'first_order') - 'write_token';
PREPARE first_shown AS SELECT trading.order_json(o) FROM trading.orders AS o WHERE o.id = :'first_order';
PREPARE balances AS
SELECT b.user_id = :'alice', a.code, trim_scale(b.available)::text, trim_scale(b.held)::text, b.version
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.asset_id IN (:t1usd, :t1btc, :t1eth) AND b.version > 1 ORDER BY b.user_id, a.code COLLATE "C";
PREPARE releases_of(uuid) AS
SELECT
    l.user_id, a.code, trim_scale(l.d_available)::text, trim_scale(l.d_held)::text,
    trim_scale(l.available_after)::text, trim_scale(l.held_after)::text
FROM portfolio.ledger_entries AS l JOIN market.assets AS a ON a.id = l.asset_id
WHERE l.reason = 'order_release' AND l.ref_id = $1;
PREPARE told(uuid) AS
SELECT c.kind, c.payload = '{}', rank() OVER (ORDER BY c.seq)
FROM trading.engine_commands AS c WHERE c.order_id = $1 ORDER BY c.seq;
PREPARE row_of(uuid) AS SELECT to_jsonb(o) FROM trading.orders AS o WHERE o.id = $1;

-- Who may

SET LOCAL ROLE anon;
SELECT throws_ok('first_again', '42501', NULL, 'nobody off the street cancels');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('first_again', '42501', NULL, 'nor does Alice say that she is Alice');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('first_again', '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('first_again', '42501', NULL, 'nor an operator');

-- Unknown, and somebody else's

SET LOCAL ROLE service_role;
SELECT throws_ok(
    'EXECUTE alice_cancels(NULL, NULL)', 'TR010', 'either order_id or client_order_id is needed', 'a name is needed'
);
SELECT throws_ok(
    format('EXECUTE alice_cancels(%L, %L)', :'first_order', 'alice:1'), 'TR010',
    'either order_id or client_order_id is needed', 'but not two'
);
SELECT throws_ok(
    format('EXECUTE cancel(NULL, %L, NULL)', :'first_order'), 'TR010', 'invalid user_id', 'a user is needed'
);
SELECT throws_ok(
    $$ EXECUTE alice_cancels('0190aaaa-0000-7000-8000-000000000001', NULL) $$, 'TR201', 'unknown order',
    'an unknown order is unknown'
);
SELECT throws_ok(
    format('EXECUTE alice_cancels(%L, NULL)', :'bob_order'), 'TR201', 'unknown order', 'so is Bob''s'
);
SELECT throws_ok($$ EXECUTE alice_cancels(NULL, 'nil') $$, 'TR201', 'unknown order', 'so is an unknown name');
SELECT throws_ok($$ EXECUTE alice_cancels(NULL, 'bob:1') $$, 'TR201', 'unknown order', 'and the name of Bob''s');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_cancels('0190aaaa-0000-7000-8000-000000000001', NULL) $$),
    '{"order_id": "0190aaaa-0000-7000-8000-000000000001", "client_order_id": null}',
    'the detail repeats what was asked for'
);
SELECT is(
    pg_temp.detail_of(format('EXECUTE alice_cancels(%L, NULL)', :'bob_order')),
    jsonb_build_object('order_id', :'bob_order', 'client_order_id', NULL), 'and tells nothing of Bob''s order'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_cancels(NULL, 'bob:1') $$), '{"order_id": null, "client_order_id": "bob:1"}',
    'nor of its name'
);
SELECT is_empty(
    format(
        $$ SELECT c.seq FROM trading.engine_commands AS c
           WHERE c.market_id IN (%s, %s) AND c.kind <> 'place' $$, :traded, :acked
    ), 'no engine hears of what is refused'
);

-- Canceled

UPDATE partitions.orders_open
SET
    status = 'partially_filled', filled_quantity = 0.1, filled_quote = 9.9, fee_total = 0.0198, version = 7,
    hold = 40.0803, cancel_requested_at = '2026-01-02 03:04:05+00', replaces_order_id = :'second_order'
WHERE id = :'first_order';
UPDATE portfolio.balances SET available = available + 10.0197, held = held - 10.0197
WHERE user_id = :'alice' AND asset_id = :t1usd;
SELECT to_jsonb(o) AS before FROM trading.orders AS o WHERE o.id = :'first_order' \gset
SELECT results_eq(
    'balances',
    $$ VALUES
    (TRUE, 'T1BTC', '1.55', '0.45', 3::bigint), (TRUE, 'T1ETH', '8', '2', 2), (TRUE, 'T1USD', '9959.9197',
    '40.0803', 2),
    (FALSE, 'T1BTC', '0.25', '0.75', 2) $$,
    'orders hold'
);
SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE alice_cancels(%L, NULL)', :'first_order'),
    $$ VALUES ('canceled', 'user_cancel', '0', 'alice:1') $$, 'an order is canceled by its id'
);
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
    (TRUE, 'T1BTC', '1.55', '0.45', 3::bigint), (TRUE, 'T1ETH', '8', '2', 2), (TRUE, 'T1USD', '10000', '0', 3),
    (FALSE, 'T1BTC', '0.25', '0.75', 2) $$,
    'what it held is available, and nothing else moves'
);
SELECT results_eq(
    format('EXECUTE releases_of(%L)', :'first_order'),
    $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1USD', '40.0803', '-40.0803', '10000', '0') $$,
    'in one entry of the ledger that refers to the order'
);
SELECT results_eq(
    format('EXECUTE told(%L)', :'first_order'),
    $$ VALUES ('place', FALSE, 1::bigint), ('cancel', TRUE, 2) $$, 'the engine hears of it'
);
SELECT to_jsonb(o) AS after, o.tableoid::regclass AS leaf, o.closed_at AS closed_at
FROM trading.orders AS o WHERE o.id = :'first_order' \gset
SELECT is(
    :'after'::jsonb - ARRAY['closed_at', 'status', 'hold', 'close_reason', 'on_book', 'updated_at', 'version'],
    :'before'::jsonb - ARRAY['closed_at', 'status', 'hold', 'close_reason', 'on_book', 'updated_at', 'version'],
    'every other column is as it was'
);
SELECT is(
    jsonb_build_object(
        'status', :'after'::jsonb -> 'status', 'hold', :'after'::jsonb -> 'hold',
        'close_reason', :'after'::jsonb -> 'close_reason', 'on_book', :'after'::jsonb -> 'on_book',
        'version', :'after'::jsonb -> 'version',
        'together', :'after'::jsonb -> 'updated_at' = :'after'::jsonb -> 'closed_at'
    ),
    '{
        "status": "canceled", "hold": 0, "close_reason": "user_cancel", "on_book": false, "version": 8, "together": true
    }',
    'these say that it ended'
);
SELECT is(
    :'leaf', to_char(:'closed_at'::timestamptz AT TIME ZONE 'UTC', '"partitions.orders_"YYYY_MM'),
    'it stands in the leaf of this month'
);
SELECT is_empty(
    format('SELECT FROM partitions.orders_open WHERE id = %L', :'first_order'), 'and no longer in the book'
);

SET LOCAL ROLE service_role;
SELECT lives_ok('first_again', 'canceling it again is no error');
SELECT results_eq(
    $$ EXECUTE alice_cancels(NULL, 'alice:1') $$, $$ VALUES ('canceled', 'user_cancel', '0', 'alice:1') $$,
    'nor is it by its other name'
);
RESET ROLE;
SELECT results_eq('first_again', 'first_shown', 'the answer is the order as it is');
SELECT results_eq(
    format('EXECUTE row_of(%L)', :'first_order'), ARRAY[:'after'::jsonb], 'and it is as it was canceled'
);
SELECT results_eq(
    format('EXECUTE told(%L)', :'first_order'),
    $$ VALUES ('place', FALSE, 1::bigint), ('cancel', TRUE, 2) $$, 'the engine hears of it once'
);
SELECT results_eq(
    format('SELECT count(*) FROM portfolio.ledger_entries WHERE reason = %L AND ref_id = %L', 'order_release',
    :'first_order'),
    ARRAY[1::bigint], 'and it is released once'
);

SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ EXECUTE alice_cancels(NULL, 'alice:2') $$, $$ VALUES ('canceled', 'user_cancel', '0', 'alice:2') $$,
    'an order is canceled by the name that its user gave it'
);
RESET ROLE;
SELECT results_eq(
    format('EXECUTE releases_of(%L)', :'second_order'),
    $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', '0.25', '-0.25', '1.8', '0.2') $$,
    'a sell gives back its quantity'
);
SELECT results_eq(
    format('SELECT status::text FROM partitions.orders_open WHERE id IN (%L, %L) ORDER BY seq', :'third_order', :'bob_order'),
    ARRAY['open', 'open'], 'other orders stay'
);

-- A market that trades no more

UPDATE market.markets SET status = 'halted' WHERE id = :traded;
UPDATE system.system_config SET value = 'false' WHERE key = 'trading_enabled';
UPDATE identity.users SET status = 'suspended' WHERE id = :'bob';
SET LOCAL ROLE service_role;
SELECT is(
    trading.cancel_order_for('bbbbbbbb-0000-4000-8000-00000000000b', client_order_id => 'bob:1') ->> 'status',
    'canceled',
    'a suspended user leaves a halted market while trading is disabled'
);
RESET ROLE;
UPDATE market.markets SET status = 'open' WHERE id = :traded;
UPDATE system.system_config SET value = 'true' WHERE key = 'trading_enabled';
UPDATE identity.users SET status = 'active' WHERE id = :'bob';

-- Too late

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.1, 110, 'day', 'alice:expired'
) -> 'order' ->> 'id' AS expired_order \gset
SELECT status AS expired FROM trading.end_orders(ARRAY[:'expired_order']::uuid[], 'expired', 'day_end') \gset
SELECT c.status AS filled
FROM trading.orders AS o
CROSS JOIN LATERAL trading.close_orders(
    ARRAY[o.id], ARRAY['filled'], ARRAY['filled'], ARRAY[o.hold], ARRAY[o.quantity], ARRAY[22], ARRAY[0]
) AS c
WHERE o.id = :'third_order' \gset
SELECT trading.place_order_for(
    :'alice', 'T1ETH-T1USD', 'sell', 'limit', 1, 50, client_order_id => 'alice:rejected'
) -> 'order' ->> 'id' AS rejected_order \gset
SELECT status AS rejected FROM trading.end_orders(ARRAY[:'rejected_order']::uuid[], 'rejected', 'engine_reject') \gset

SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('EXECUTE alice_cancels(%L, NULL)', :'third_order'), 'TR202', 'too late: the order is filled',
    'what is filled is not canceled'
);
SELECT throws_ok(
    $$ EXECUTE alice_cancels(NULL, 'alice:expired') $$, 'TR202', 'too late: the order is expired', 'nor what expired'
);
SELECT throws_ok(
    $$ EXECUTE alice_cancels(NULL, 'alice:rejected') $$, 'TR202', 'too late: the order is rejected',
    'nor what was rejected'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, NULL)', :'bob', :'third_order'), 'TR201', 'unknown order',
    'for Bob it is as unknown as before'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_cancels(NULL, 'alice:3') $$),
    jsonb_build_object('order_id', :'third_order', 'status', 'filled'), 'the detail says what became of it'
);

-- An engine that acknowledges

SELECT to_jsonb(o) AS before FROM trading.orders AS o WHERE o.id = :'acked_order' \gset
SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ EXECUTE alice_cancels(NULL, 'alice:acked') $$, $$ VALUES ('pending', NULL, '2', 'alice:acked') $$,
    'the engine is asked, and the order keeps its hold'
);
RESET ROLE;
SELECT to_jsonb(o) AS after FROM trading.orders AS o WHERE o.id = :'acked_order' \gset
SELECT is(
    :'after'::jsonb - ARRAY['cancel_requested_at', 'updated_at', 'version'],
    :'before'::jsonb - ARRAY['cancel_requested_at', 'updated_at', 'version'], 'nothing else of it changes'
);
SELECT ok(
    (:'before'::jsonb ->> 'cancel_requested_at') IS NULL
    AND (:'after'::jsonb ->> 'cancel_requested_at')::timestamptz >= now()
    AND (:'after'::jsonb ->> 'version')::integer = 2,
    'than when it was asked'
);
SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE alice_cancels(%L, NULL)', :'acked_order'), $$ VALUES ('pending', NULL, '2', 'alice:acked') $$,
    'asking again answers the same'
);
RESET ROLE;
SELECT results_eq(
    format('EXECUTE row_of(%L)', :'acked_order'), ARRAY[:'after'::jsonb], 'and changes nothing'
);
SELECT results_eq(
    format('EXECUTE told(%L)', :'acked_order'),
    $$ VALUES ('place', FALSE, 1::bigint), ('cancel', TRUE, 2) $$, 'the engine is asked once'
);
SELECT is_empty(format('EXECUTE releases_of(%L)', :'acked_order'), 'nothing is released');
SELECT results_eq(
    format('SELECT trim_scale(held)::text FROM portfolio.balances WHERE user_id = %L AND asset_id = %s', :'alice',
    :t1eth),
    ARRAY['2'], 'the balance still holds it'
);

SELECT finish();
ROLLBACK;
