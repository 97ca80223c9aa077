-- trading.place_order_for(): an accepted order is held, stored and told once per name; a refusal leaves nothing.

BEGIN;
SELECT plan(175);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

\set signature 'trading.place_order_for(uuid,text,text,text,numeric,numeric,text,text,boolean,timestamptz,text)'

SELECT is(
    (SELECT p.prosecdef FROM pg_proc AS p WHERE p.oid = :'signature'::regprocedure), TRUE,
    'it runs as its owner'
);
SELECT is(
    (SELECT p.proowner::regrole::text FROM pg_proc AS p WHERE p.oid = :'signature'::regprocedure), 'tradebase_kernel',
    'who is the kernel'
);
SELECT is(pg_temp.who_may_execute(:'signature'), ARRAY['service_role'], 'only a service may');

-- Schema api lends it to services later; here they name it themselves.
GRANT USAGE ON SCHEMA trading TO service_role;

PREPARE places(uuid, text, text, text, numeric, numeric, text, text, boolean, timestamptz, text) AS
SELECT trading.place_order_for($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);
PREPARE alice_places(text, text, text, numeric, numeric, text) AS
SELECT trading.place_order_for(:'alice', $1, $2, $3, $4, $5, NULL, $6);
PREPARE bob_places(text, text, text, numeric, numeric, text) AS
SELECT trading.place_order_for(:'bob', $1, $2, $3, $4, $5, NULL, $6);
-- What is refused carries one name: had any of them taken it, the next one would be TR204.
PREPARE limited(text, numeric, numeric) AS
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', $1, 'limit', $2, $3, NULL, 'again');
PREPARE timed(text, text, boolean, timestamptz) AS
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', $1, 0.5, CASE $1 WHEN 'limit' THEN 100 END, $2, 'again', $3, $4
);
PREPARE named(text) AS
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, NULL, $1);
PREPARE grouped(text) AS
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, NULL, 'again', FALSE, NULL, $1
);
PREPARE in_market(text) AS SELECT trading.place_order_for(:'alice', $1, 'buy', 'limit', 0.5, 100, NULL, 'again');
PREPARE post_only_order AS
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, NULL, 'again', TRUE);
PREPARE for_user(uuid) AS
SELECT trading.place_order_for($1, 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, NULL, 'again');

PREPARE written AS
SELECT
    (SELECT count(*) FROM trading.orders WHERE market_id IN (:traded, :acked, :embedded)),
    (SELECT count(*) FROM trading.client_orders WHERE user_id IN (:'alice', :'bob')),
    (SELECT count(*) FROM trading.engine_commands WHERE market_id IN (:traded, :acked, :embedded)),
    (SELECT count(*) FROM portfolio.ledger_entries WHERE asset_id IN (:t1usd, :t1btc, :t1eth) AND reason <> 'deposit'),
    (SELECT sum(b.held) FROM portfolio.balances AS b WHERE b.asset_id IN (:t1usd, :t1btc, :t1eth));
PREPARE balances_of_alice AS
SELECT a.code, trim_scale(b.available)::text, trim_scale(b.held)::text, b.version
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id = :'alice' ORDER BY a.code COLLATE "C";
PREPARE orders_named(text) AS
SELECT o.* FROM trading.orders AS o WHERE o.client_order_id = $1 AND o.user_id IN (:'alice', :'bob');
PREPARE rates_of(text) AS
SELECT trim_scale(o.maker_fee_rate)::text, trim_scale(o.taker_fee_rate)::text, trim_scale(o.hold)::text
FROM trading.orders AS o WHERE o.client_order_id = $1 AND o.user_id = :'alice';
PREPARE price_of(text) AS
SELECT trim_scale(o.price)::text, o.time_in_force::text, o.expires_at IS NULL, trim_scale(o.hold)::text
FROM trading.orders AS o WHERE o.client_order_id = $1 AND o.user_id = :'alice';
PREPARE told_of(text) AS
SELECT c.kind, c.seq = o.seq, c.market_id = o.market_id, c.payload - 'expires_at',
    (c.payload ->> 'expires_at')::timestamptz IS NOT DISTINCT FROM o.expires_at
FROM trading.orders AS o JOIN trading.engine_commands AS c ON c.order_id = o.id
WHERE o.client_order_id = $1 AND o.user_id IN (:'alice', :'bob');
PREPARE entries_of(text) AS
SELECT
    l.user_id = o.user_id, l.reason::text, l.ref_id = o.id, l.asset_id = o.hold_asset_id, trim_scale(l.d_available)::text,
    trim_scale(l.d_held)::text, trim_scale(l.available_after)::text, trim_scale(l.held_after)::text, l.version
FROM trading.orders AS o JOIN portfolio.ledger_entries AS l ON l.journal_id = o.id
WHERE o.client_order_id = $1 AND o.user_id IN (:'alice', :'bob') ORDER BY l.id;

PREPARE overflowing(numeric, numeric) AS
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', $1, $2);

-- Who may

SET LOCAL ROLE anon;
SELECT throws_ok('EXECUTE limited(''buy'', 0.5, 100)', '42501', NULL, 'nobody off the street places for Alice');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('EXECUTE limited(''buy'', 0.5, 100)', '42501', NULL, 'nor does Alice say that she is Alice');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('EXECUTE limited(''buy'', 0.5, 100)', '42501', NULL, 'an engine places nothing');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE limited(''buy'', 0.5, 100)', '42501', NULL, 'nor does an operator');
RESET request.jwt.claims;

-- Invalid arguments

SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE for_user(NULL)', 'TR010', 'invalid user_id', 'a user is needed');
SELECT throws_ok('EXECUTE in_market(NULL)', 'TR010', 'invalid market', 'a market is needed');
SELECT throws_ok('EXECUTE limited(NULL, 0.5, 100)', 'TR010', 'invalid side', 'a side is needed');
SELECT throws_ok($$ EXECUTE limited('BUY', 0.5, 100) $$, 'TR010', 'invalid side', 'a side is buy or sell');
SELECT throws_ok('EXECUTE timed(NULL, NULL, FALSE, NULL)', 'TR010', 'invalid type', 'a type is needed');
SELECT throws_ok(
    $$ EXECUTE timed('stop', NULL, FALSE, NULL) $$, 'TR010', 'invalid type', 'a type is market or limit'
);
SELECT throws_ok($$ EXECUTE limited('buy', NULL, 100) $$, 'TR010', 'invalid quantity', 'a quantity is needed');
SELECT throws_ok($$ EXECUTE limited('buy', 0, 100) $$, 'TR010', 'invalid quantity', 'nothing is no quantity');
SELECT throws_ok($$ EXECUTE limited('buy', -0.5, 100) $$, 'TR010', 'invalid quantity', 'nor is less than nothing');
SELECT throws_ok($$ EXECUTE limited('buy', 'NaN', 100) $$, 'TR010', 'invalid quantity', 'nor is NaN');
SELECT throws_ok($$ EXECUTE limited('buy', 'Infinity', 100) $$, 'TR010', 'invalid quantity', 'nor is Infinity');
SELECT throws_ok($$ EXECUTE limited('buy', '-Infinity', 100) $$, 'TR010', 'invalid quantity', 'nor is -Infinity');
SELECT throws_ok($$ EXECUTE limited('buy', 1e18, 100) $$, 'TR010', 'invalid quantity', 'a quantity is below 1e18');
SELECT throws_ok($$ EXECUTE limited('buy', 1e131071, 100) $$, 'TR010', 'invalid quantity', 'by far');
SELECT throws_ok($$ EXECUTE limited('buy', '1e131072', 100) $$, '22003', NULL, 'or not even a number');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, NULL) $$, 'TR010', 'invalid price', 'a limit order has a price');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, 0) $$, 'TR010', 'invalid price', 'which is not 0');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, -100) $$, 'TR010', 'invalid price', 'nor negative');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, 'NaN') $$, 'TR010', 'invalid price', 'nor NaN');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, 'Infinity') $$, 'TR010', 'invalid price', 'nor Infinity');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, '-Infinity') $$, 'TR010', 'invalid price', 'nor -Infinity');
SELECT throws_ok($$ EXECUTE limited('buy', 0.5, 1e18) $$, 'TR010', 'invalid price', 'but below 1e18');
SELECT throws_ok(
    $$ EXECUTE alice_places('T1BTC-T1USD', 'buy', 'market', 0.5, 100, 'again') $$, 'TR010', 'invalid price',
    'a market order names no price'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'GTC', FALSE, NULL) $$, 'TR010', 'invalid time_in_force', 'gtc is not GTC'
);
SELECT throws_ok($$ EXECUTE timed('limit', 'gtc', NULL, NULL) $$, 'TR010', 'invalid post_only', 'post_only is known');
SELECT throws_ok($$ EXECUTE grouped('none') $$, 'TR010', 'invalid stp', 'self-trade prevention has no off');
SELECT throws_ok($$ EXECUTE named('') $$, 'TR010', 'invalid client_order_id', 'a name is not empty');
SELECT throws_ok($$ EXECUTE named('a name') $$, 'TR010', 'invalid client_order_id', 'a name has no blank');
SELECT throws_ok($$ EXECUTE named(E'name\n') $$, 'TR010', 'invalid client_order_id', 'nor does it end in a line feed');
SELECT throws_ok($$ EXECUTE named('schlüssel') $$, 'TR010', 'invalid client_order_id', 'a name is ASCII');
SELECT throws_ok(
    $$ EXECUTE named(repeat('k', 65)) $$, 'TR010', 'invalid client_order_id', 'a name has at most 64 characters'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 'NaN', 100) $$), '{"argument": "quantity"}',
    'the detail names the argument'
);

-- Combinations and the ends of time

SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE timed('market', 'gtc', FALSE, NULL) $$, 'TR007', 'these do not go together',
    'a market order does not rest'
);
SELECT throws_ok(
    $$ EXECUTE timed('market', 'day', FALSE, NULL) $$, 'TR007', 'these do not go together', 'not for a day either'
);
SELECT throws_ok(
    $$ EXECUTE timed('market', 'gtd', FALSE, now() + INTERVAL '1 hour') $$, 'TR007', 'these do not go together',
    'nor until a date'
);
SELECT throws_ok(
    $$ EXECUTE timed('market', NULL, TRUE, NULL) $$, 'TR007', 'these do not go together', 'nor can it be post_only'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'ioc', TRUE, NULL) $$, 'TR007', 'these do not go together', 'what posts only is not ioc'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'fok', TRUE, NULL) $$, 'TR007', 'these do not go together', 'nor fok'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, NULL) $$, 'TR007', 'these do not go together', 'gtd needs its date'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', NULL, FALSE, now() + INTERVAL '1 hour') $$, 'TR007', 'these do not go together',
    'gtc has none'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'day', FALSE, 'infinity') $$, 'TR007', 'these do not go together', 'nor has day'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'ioc', FALSE, '4714-11-24 00:00:00+00 BC') $$, 'TR007', 'these do not go together',
    'nor has ioc'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, now()) $$, 'TR010', 'invalid expires_at', 'a date lies ahead'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, '-infinity') $$, 'TR010', 'invalid expires_at', 'not before all time'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, 'infinity') $$, 'TR010', 'invalid expires_at', 'nor after it'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, '4714-11-24 00:00:00+00 BC') $$, 'TR010', 'invalid expires_at',
    'nor on the first day of the calendar'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, '294276-12-31 00:00:00+00') $$, 'TR010', 'invalid expires_at',
    'nor on its last'
);
SELECT throws_ok(
    $$ EXECUTE timed('limit', 'gtd', FALSE, now() + INTERVAL '2161 hours') $$, 'TR010', 'invalid expires_at',
    'nor later than an order may become old'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE timed('limit', 'gtd', FALSE, 'infinity') $$),
    '{"argument": "expires_at", "max_order_age": "90 days"}', 'the detail says how old that is'
);

-- Who and where

SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE in_market('T1NIL-T1USD') $$, 'TR001', 'unknown market', 'an unknown market is named as such'
);
SELECT throws_ok($$ EXECUTE in_market('t1btc-t1usd') $$, 'TR001', 'unknown market', 'a symbol is written as it is');
SELECT throws_ok(
    $$ EXECUTE for_user('cccccccc-0000-4000-8000-00000000000c') $$, 'TR012', 'unknown user',
    'an unknown user is named as such'
);
SELECT throws_ok(
    $$ EXECUTE for_user('00000000-0000-7000-8000-000000000001') $$, 'TR012', 'unknown user',
    'an account of the platform does not trade'
);
SELECT throws_ok(
    $$ EXECUTE in_market('T1ETH-T1BTC') $$, 'TR307', 'the market is matched by no external engine',
    'a market that is matched here is not told to an engine'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE in_market('T1NIL-T1USD') $$), '{"market": "T1NIL-T1USD"}',
    'the detail names the unknown market'
);

UPDATE market.markets SET status = 'pre_open' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR002', 'the market does not accept the order', 'pre_open accepts nothing'
);
SELECT throws_ok('EXECUTE post_only_order', 'TR002', 'the market does not accept the order', 'not even post_only');
RESET ROLE;
UPDATE market.markets SET status = 'cancel_only' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR002', 'the market does not accept the order', 'nor does cancel_only'
);
RESET ROLE;
UPDATE market.markets SET status = 'halted' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR002', 'the market does not accept the order', 'nor a halted market'
);
RESET ROLE;
UPDATE market.markets SET status = 'closed' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR002', 'the market does not accept the order', 'nor a closed one'
);
RESET ROLE;
UPDATE market.markets SET status = 'post_only' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR002', 'the market does not accept the order',
    'a post_only market refuses what may take'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 0.5, 100) $$), '{"market": "T1BTC-T1USD", "status": "post_only"}',
    'the detail says why'
);
SAVEPOINT posted;
SET LOCAL ROLE service_role;
SELECT lives_ok('EXECUTE post_only_order', 'and accepts what only posts');
ROLLBACK TO SAVEPOINT posted;
UPDATE market.markets SET status = 'open' WHERE id = :traded;

UPDATE system.system_config SET value = 'false' WHERE key = 'trading_enabled';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR904', 'trading is disabled', 'the kill switch refuses every order'
);
RESET ROLE;
UPDATE system.system_config SET value = 'true' WHERE key = 'trading_enabled';

UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100) $$, 'TR008', 'the user may not place this order', 'who is suspended may not'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 0.5, 100) $$), '{"status": "suspended"}',
    'the detail says that they are'
);
UPDATE identity.users SET status = 'closed' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('sell', 0.5, 100) $$, 'TR008', 'the user may not place this order', 'who is closed may not'
);
RESET ROLE;
UPDATE identity.users SET status = 'restricted' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('sell', 0.5, 100) $$, 'TR008', 'the user may not place this order',
    'who is restricted has no position to reduce'
);
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'alice';

-- Steps and bounds

SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100.001) $$, 'TR003', 'the price is no multiple of the tick',
    'a price keeps the tick'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 1e-30) $$, 'TR003', 'the price is no multiple of the tick', 'however small it is'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.50005, 100) $$, 'TR004', 'the quantity is no multiple of the lot, or out of bounds',
    'a quantity keeps the lot'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.0009, 2000) $$, 'TR004', 'the quantity is no multiple of the lot, or out of bounds',
    'a quantity is not below the smallest'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 1000.0001, 1) $$, 'TR004', 'the quantity is no multiple of the lot, or out of bounds',
    'a quantity is not above the largest'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.0099, 100) $$, 'TR005', 'the notional is out of bounds',
    'a notional is not below the least'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 500.0001, 100) $$, 'TR005', 'the notional is out of bounds', 'nor above the most'
);
SELECT throws_ok(
    $$ EXECUTE overflowing(99999999999999999, 99999999999999999) $$, 'TR005', 'the notional is out of bounds',
    'nor, where no most is set, beyond what a ledger holds'
);
SELECT throws_ok(
    $$ EXECUTE overflowing(100000000000, 100000000) $$, 'TR005', 'the notional is out of bounds', 'from 1e19 on'
);
SELECT throws_ok(
    $$ EXECUTE overflowing(99999999999, 100000000) $$, 'TR101', 'insufficient available balance',
    'what is below must be paid'
);
SELECT throws_ok(
    $$ EXECUTE limited('sell', 3, 100) $$, 'TR101', 'insufficient available balance',
    'nobody sells what they do not own'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 99.9, 100) $$, 'TR101', 'insufficient available balance', 'nor buys without the fee'
);
SELECT throws_ok(
    $$ EXECUTE alice_places('T1BTC-T1USD', 'buy', 'market', 0.5, NULL, 'again') $$, 'TR006',
    'there is no price to trade at', 'a market that never traded and has no book has no price for a market order'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 0.5, 100.001) $$), '{"price": "100.001", "tick_size": "0.01"}',
    'the detail of a price names the tick'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 0.50005, 100) $$),
    '{"quantity": "0.50005", "lot_size": "0.0001", "min_quantity": "0.001", "max_quantity": "1000"}',
    'the detail of a quantity names lot and bounds'
);
SELECT is(
    (pg_temp.detail_of($$ EXECUTE limited('buy', 0.005, 100) $$) - 'notional'),
    '{"min_notional": "1", "max_notional": "50000"}',
    'the detail of a notional names the bounds'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('sell', 3, 100) $$), '{"asset": "T1BTC", "needed": "3", "available": "2"}',
    'the detail of a balance says what is lacking'
);
UPDATE market.markets
SET min_quantity = NULL, max_quantity = NULL, min_notional = NULL, max_notional = NULL, price_band_pct = 10
WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE limited('buy', 1e17, 100) $$, 'TR005', 'the notional is out of bounds',
    'without bounds a notional is still below 1e19'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 1e17, 99.99) $$, 'TR101', 'insufficient available balance',
    'and below it a question of money'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 1e17, 100) $$) ->> 'max_notional', '10000000000000000000',
    'the detail says so'
);

SELECT results_eq(
    'written', $$ VALUES (0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::numeric) $$, 'no refusal wrote anything'
);
SELECT is_empty($$ EXECUTE orders_named('again') $$, 'nor took the name');

-- A limit buy

SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ SELECT
           r -> 'replayed', length(r -> 'order' ->> 'id'),
           (r -> 'order') - ARRAY['id', 'created_at', 'updated_at', 'expires_at']
       FROM trading.place_order_for(
           'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'buy', 'limit', 0.50, 100.010,
           client_order_id => 'again'
       ) AS r $$,
    $$ VALUES (jsonb 'false', 36, jsonb '{
        "client_order_id": "again", "market": "T1BTC-T1USD", "side": "buy", "type": "limit", "time_in_force": "gtc",
        "post_only": false, "status": "open", "price": "100.01", "quantity": "0.5", "filled_quantity": "0",
        "filled_quote": "0", "fee_total": "0", "hold": "50.10501", "closed_at": null, "close_reason": null,
        "cancel_requested_at": null, "replaces_order_id": null
    }') $$,
    'a limit buy is accepted under the name that every refusal left free'
);
RESET ROLE;
SELECT results_eq(
    'balances_of_alice',
    $$ VALUES ('T1BTC', '2', '0', 1::bigint), ('T1ETH', '10', '0', 1), ('T1USD', '9949.89499', '50.10501', 2) $$,
    'it holds price times quantity and the higher fee'
);
SELECT results_eq(
    $$ EXECUTE entries_of('again') $$,
    $$ VALUES (TRUE, 'order_hold', TRUE, TRUE, '-50.10501', '50.10501', '9949.89499', '50.10501', 2::bigint) $$,
    'in one entry of the ledger that refers to the order'
);
SELECT results_eq(
    $$ EXECUTE told_of('again') $$,
    $$ VALUES ('place', TRUE, TRUE, jsonb '{
        "side": "buy", "type": "limit", "time_in_force": "gtc", "post_only": false, "price": "100.01",
        "quantity": "0.5", "stp": "cancel_taker", "stp_group": "aaaaaaaa-0000-4000-8000-00000000000a"
    }', TRUE) $$,
    'the engine hears of it under the seq of the order'
);
SELECT results_eq(
    $$ SELECT o.tableoid::regclass::text, o.closed_at = 'infinity', o.on_book, o.version, o.stp::text,
           o.created_at = core.uuid7_time(o.id), o.expires_at = o.created_at + INTERVAL '2160 hours'
       FROM trading.orders AS o
       WHERE o.client_order_id = 'again' AND o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    $$ VALUES ('partitions.orders_open', TRUE, TRUE, 1, 'cancel_taker', TRUE, TRUE) $$,
    'it stands in the book for 90 days'
);
SELECT ok(
    EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND classid = 7472 AND objid = :traded AND pid = pg_backend_pid() AND granted
    ),
    'the market stays locked until the transaction ends'
);

-- A limit sell

SET LOCAL ROLE service_role;
SELECT lives_ok(
    $$ EXECUTE places(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'sell', 'limit', 0.25, 100.05, 'gtc', 'alice:sell',
        TRUE, NULL, 'cancel_both'
    ) $$,
    'a limit sell is accepted'
);
RESET ROLE;
SELECT results_eq(
    'balances_of_alice',
    $$ VALUES ('T1BTC', '1.75', '0.25', 2::bigint), ('T1ETH', '10', '0', 1), ('T1USD', '9949.89499', '50.10501', 2) $$,
    'it holds its quantity'
);
SELECT results_eq(
    $$ EXECUTE entries_of('alice:sell') $$,
    $$ VALUES (TRUE, 'order_hold', TRUE, TRUE, '-0.25', '0.25', '1.75', '0.25', 2::bigint) $$,
    'in one entry of the ledger'
);
SELECT results_eq(
    $$ EXECUTE told_of('alice:sell') $$,
    $$ VALUES ('place', TRUE, TRUE, jsonb '{
        "side": "sell", "type": "limit", "time_in_force": "gtc", "post_only": true, "price": "100.05",
        "quantity": "0.25", "stp": "cancel_both", "stp_group": "aaaaaaaa-0000-4000-8000-00000000000a"
    }', TRUE) $$,
    'the engine hears of it as well'
);
SELECT results_eq(
    $$ SELECT o.client_order_id::text FROM trading.orders AS o
       WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' ORDER BY o.seq $$,
    ARRAY['again', 'alice:sell'], 'what came later has the higher seq'
);

-- The same again

SELECT id AS first_id FROM trading.orders WHERE client_order_id = 'again' AND user_id = :'alice' \gset
PREPARE replay AS
SELECT r -> 'replayed', r -> 'order' ->> 'id' = :'first_id', r -> 'order' ->> 'status', r -> 'order' ->> 'hold'
FROM trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100.01, time_in_force => 'gtc', client_order_id => 'again'
) AS r;

SET LOCAL ROLE service_role;
SELECT results_eq(
    'replay', $$ VALUES (jsonb 'true', TRUE, 'open', '50.10501') $$,
    'the same request, with its defaults written out, answers with the order it made'
);
SELECT throws_ok(
    $$ EXECUTE limited('sell', 0.5, 100.01) $$, 'TR204', 'client_order_id was used for another order',
    'a name does not stand for the other side'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.4, 100.01) $$, 'TR204', 'client_order_id was used for another order',
    'nor for another quantity'
);
SELECT throws_ok(
    $$ EXECUTE limited('buy', 0.5, 100.02) $$, 'TR204', 'client_order_id was used for another order',
    'nor for another price'
);
SELECT throws_ok(
    $$ EXECUTE in_market('T1ETH-T1USD') $$, 'TR204', 'client_order_id was used for another order',
    'nor for another market'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE limited('buy', 0.4, 100.01) $$), '{"client_order_id": "again"}',
    'the detail names the name alone'
);
UPDATE system.system_config SET value = 'false' WHERE key = 'trading_enabled';
UPDATE market.markets SET status = 'halted' WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT results_eq(
    'replay', $$ VALUES (jsonb 'true', TRUE, 'open', '50.10501') $$,
    'also when a new order would be refused'
);
RESET ROLE;
UPDATE system.system_config SET value = 'true' WHERE key = 'trading_enabled';
UPDATE market.markets SET status = 'open' WHERE id = :traded;
SELECT results_eq(
    'written', $$ VALUES (2::bigint, 2::bigint, 2::bigint, 2::bigint, 50.35501::numeric) $$,
    'neither a replay nor a refusal wrote anything'
);
SELECT is(
    trading.cancel_order_for(:'alice', client_order_id => 'again') ->> 'status', 'canceled', 'the order is canceled'
);
SET LOCAL ROLE service_role;
SELECT results_eq(
    'replay', $$ VALUES (jsonb 'true', TRUE, 'canceled', '0') $$, 'after which the same request still answers with it'
);
SELECT is(
    trading.place_order_for(
        'bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100.01, client_order_id => 'again'
    ) -> 'replayed',
    'false', 'a name counts per user'
);
SELECT results_eq(
    $$ SELECT count(DISTINCT trading.place_order_for(
           'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'buy', 'limit', 0.01, 100
       ) -> 'order' ->> 'id')
       FROM generate_series(1, 2) $$,
    ARRAY[2::bigint], 'without a name every request is an order of its own'
);
RESET ROLE;

-- How long

SET LOCAL timezone = 'UTC';
SELECT date_trunc('second', now()) + INTERVAL '24 hours' AS tomorrow, now() + INTERVAL '2159 hours' AS last_moment \gset
PREPARE until(timestamptz, text) AS
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.01, 100, 'gtd', $2, expires_at => $1
) -> 'replayed';
PREPARE lasts(text, text) AS
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.01, 100, $1, $2) -> 'replayed';

SET LOCAL ROLE service_role;
SELECT results_eq(
    format('EXECUTE until(%L, %L)', :'tomorrow', 'alice:gtd'), ARRAY[jsonb 'false'], 'an order may last until tomorrow'
);
SELECT results_eq(
    format('EXECUTE until(%L, %L)', :'last_moment', 'alice:gtd-90'), ARRAY[jsonb 'false'], 'or for nearly 90 days'
);
SELECT results_eq($$ EXECUTE lasts('day', 'alice:day') $$, ARRAY[jsonb 'false'], 'or for the day');
SELECT results_eq($$ EXECUTE lasts('ioc', 'alice:ioc') $$, ARRAY[jsonb 'false'], 'or for the moment');
SELECT results_eq($$ EXECUTE lasts('fok', 'alice:fok') $$, ARRAY[jsonb 'false'], 'all or nothing');
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT lives_ok(
    format('EXECUTE until(%L, %L)', :'tomorrow', 'alice:gtd'), 'the same moment is the same request in every time zone'
);
SET LOCAL timezone = 'UTC';
RESET ROLE;
SELECT results_eq(
    format(
        $$ SELECT o.client_order_id::text COLLATE "C", CASE o.time_in_force::text
               WHEN 'gtd' THEN o.expires_at = %L
               WHEN 'day' THEN o.expires_at
               = (date_trunc('day', o.created_at AT TIME ZONE 'UTC') + INTERVAL '24 hours') AT TIME ZONE 'UTC'
               ELSE o.expires_at IS NULL
           END
           FROM trading.orders AS o
           WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a'
           AND o.client_order_id IN ('alice:gtd', 'alice:day', 'alice:ioc', 'alice:fok') ORDER BY 1 $$, :'tomorrow'
    ),
    $$ VALUES ('alice:day'::text COLLATE "C", TRUE), ('alice:fok', TRUE), ('alice:gtd', TRUE), ('alice:ioc', TRUE) $$,
    'gtd ends at its date, day at midnight UTC, ioc and fok have no date'
);
SELECT results_eq(
    $$ EXECUTE told_of('alice:gtd') $$,
    $$ VALUES ('place', TRUE, TRUE, jsonb '{
        "side": "buy", "type": "limit", "time_in_force": "gtd", "post_only": false, "price": "100",
        "quantity": "0.01", "stp": "cancel_taker", "stp_group": "aaaaaaaa-0000-4000-8000-00000000000a"
    }', TRUE) $$,
    'the engine hears of the date'
);
-- Clocks of whoever is connected go forward today at noon, or tomorrow at noon.
SELECT
    format('AAA0BBB,%s/12,%s', d.n, (d.n + 200) % 365) AS clocks_today,
    format('AAA0BBB,%s/12,%s', d.n + 1, (d.n + 201) % 365) AS clocks_tomorrow
FROM (SELECT extract(doy FROM now() AT TIME ZONE 'UTC')::integer - 1 AS n) AS d \gset
SELECT set_config('timezone', :'clocks_today', TRUE) AS clocks \gset
SELECT results_eq($$ EXECUTE lasts('day', 'alice:day-dst') $$, ARRAY[jsonb 'false'], 'a day while clocks change');
SELECT set_config('timezone', :'clocks_tomorrow', TRUE) AS clocks \gset
SELECT results_eq($$ EXECUTE lasts('gtc', 'alice:gtc-dst') $$, ARRAY[jsonb 'false'], 'and 90 days');
SET LOCAL timezone = 'UTC';
SELECT results_eq(
    $$ SELECT o.time_in_force::text, o.expires_at = CASE o.time_in_force::text
           WHEN 'day' THEN date_trunc('day', o.created_at, 'UTC') + INTERVAL '24 hours'
           ELSE o.created_at + INTERVAL '2160 hours'
       END
       FROM trading.orders AS o
       WHERE o.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a'
       AND o.client_order_id IN ('alice:day-dst', 'alice:gtc-dst') ORDER BY 1 $$,
    $$ VALUES ('day', TRUE), ('gtc', TRUE) $$, 'end when they end, whatever the clocks of the session do'
);

-- Fees as they are when the order is placed

SELECT results_eq(
    $$ EXECUTE rates_of('alice:day') $$, $$ VALUES ('0.001', '0.002', '1.002') $$,
    'without a row for the tier the market''s own fees apply'
);
INSERT INTO market.fee_schedules (fee_tier, market_id, maker_fee_rate, taker_fee_rate) VALUES
('t1_tier', :acked, 0.05, 0.06), ('t1_other', :traded, 0.05, 0.06), ('t1_tier', NULL, -0.0001, 0.0015);
SET LOCAL ROLE service_role;
SELECT results_eq($$ EXECUTE lasts('gtc', 'alice:tier') $$, ARRAY[jsonb 'false'], 'an order of a tier');
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE rates_of('alice:tier') $$, $$ VALUES ('-0.0001', '0.0015', '1.0015') $$,
    'pays what the tier pays everywhere'
);
INSERT INTO market.fee_schedules (fee_tier, market_id, maker_fee_rate, taker_fee_rate)
VALUES ('t1_tier', :traded, 0, 0.0005);
SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ EXECUTE lasts('gtc', 'alice:tier-market') $$, ARRAY[jsonb 'false'], 'an order of a tier with a market'
);
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE rates_of('alice:tier-market') $$, $$ VALUES ('0', '0.0005', '1.0005') $$,
    'pays what the tier pays there'
);
SELECT results_eq(
    $$ EXECUTE rates_of('alice:tier') $$, $$ VALUES ('-0.0001', '0.0015', '1.0015') $$,
    'an order keeps the fees that it was placed with'
);
DELETE FROM market.fee_schedules WHERE fee_tier IN ('t1_tier', 't1_other');

-- The band around the last price

INSERT INTO market.market_state (market_id, last_engine_seq, last_trade_seq, last_price, last_trade_at)
VALUES (:traded, 1, 1, 100, now());
PREPARE priced(text, numeric, text) AS
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', $1, 'limit', 0.01, $2, NULL, $3) -> 'order' ->> 'price';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE priced('sell', 110.01, 'band') $$, 'TR006', 'the price is outside the band',
    'a price is not above the band'
);
SELECT throws_ok(
    $$ EXECUTE priced('buy', 89.99, 'band') $$, 'TR006', 'the price is outside the band', 'nor below it'
);
SELECT results_eq($$ EXECUTE priced('sell', 110, 'band') $$, ARRAY['110'], 'its upper end is inside');
SELECT results_eq($$ EXECUTE priced('buy', 90, 'band:low') $$, ARRAY['90'], 'so is its lower end');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE priced('buy', 89.99, 'band:lower') $$),
    '{"price": "89.99", "last_price": "100", "price_band_pct": "10"}', 'the detail says where it lies'
);

-- Market orders

SELECT count(trading.cancel_order_for(:'alice', o.id)) AS canceled
FROM trading.orders AS o WHERE o.user_id = :'alice' AND o.closed_at = 'infinity' \gset
SELECT count(trading.cancel_order_for(:'bob', o.id)) AS canceled
FROM trading.orders AS o WHERE o.user_id = :'bob' AND o.closed_at = 'infinity' \gset
SET LOCAL ROLE service_role;
SELECT lives_ok(
    $$ EXECUTE alice_places('T1BTC-T1USD', 'buy', 'market', 0.5, NULL, 'alice:market-1') $$,
    'a market order needs no book when there is a last price'
);
SELECT lives_ok(
    $$ EXECUTE bob_places('T1BTC-T1USD', 'sell', 'limit', 0.5, 100.05, 'bob:ask') $$, 'Bob asks for 100.05'
);
SELECT lives_ok(
    $$ EXECUTE bob_places('T1BTC-T1USD', 'sell', 'limit', 0.2, 101, 'bob:ask-2') $$, 'and for more elsewhere'
);
SELECT lives_ok(
    $$ EXECUTE bob_places('T1BTC-T1USD', 'buy', 'limit', 0.5, 99.99, 'bob:bid') $$, 'and bids 99.99'
);
SELECT lives_ok(
    $$ EXECUTE alice_places('T1BTC-T1USD', 'buy', 'market', 0.5, NULL, 'alice:market-2') $$, 'Alice buys at the market'
);
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE price_of('alice:market-1') $$, $$ VALUES ('110', 'ioc', TRUE, '55.11') $$,
    'it may trade to 10 % above the last price, at once, and holds that'
);
SELECT results_eq(
    $$ EXECUTE price_of('alice:market-2') $$, $$ VALUES ('110.05', 'ioc', TRUE, '55.13505') $$,
    'or to the last tick within 10 % of the best price'
);
SELECT results_eq(
    $$ SELECT o.on_book FROM partitions.orders_open AS o
       WHERE o.client_order_id IN ('alice:market-2', 'bob:ask', 'bob:bid') ORDER BY o.seq $$,
    ARRAY[TRUE, TRUE, FALSE], 'what cannot rest is in nobody''s book: it is no price for the next'
);
SELECT count(trading.cancel_order_for(:'alice', o.id)) AS canceled
FROM trading.orders AS o WHERE o.user_id = :'alice' AND o.closed_at = 'infinity' \gset
SET LOCAL ROLE service_role;
SELECT lives_ok(
    $$ EXECUTE places(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'sell', 'market', 0.5, NULL, 'fok', 'alice:market-3',
        FALSE, NULL, NULL
    ) $$, 'Alice sells at the market, all or nothing'
);
RESET ROLE;
-- 99.99 less 10 % is 89.991.
SELECT results_eq(
    $$ EXECUTE price_of('alice:market-3') $$, $$ VALUES ('90', 'fok', TRUE, '0.5') $$,
    'a sell may trade down to the last tick within 10 % of the best price'
);
UPDATE system.system_config SET value = '100' WHERE key = 'price_collar_pct';
SET LOCAL ROLE service_role;
SELECT lives_ok(
    $$ EXECUTE alice_places('T1BTC-T1USD', 'sell', 'market', 0.5, NULL, 'alice:market-4') $$, 'a collar of 100 %'
);
SELECT throws_ok(
    $$ EXECUTE alice_places('T1BTC-T1USD', 'sell', 'market', 5, NULL, 'alice:market-5') $$, 'TR101',
    'insufficient available balance', 'a market order is held as any other'
);
RESET ROLE;
SELECT results_eq(
    $$ EXECUTE price_of('alice:market-4') $$, $$ VALUES ('0.01', 'ioc', TRUE, '0.5') $$,
    'still leaves a price of one tick'
);

-- Too many

SELECT count(trading.cancel_order_for(:'bob', o.id)) AS canceled
FROM trading.orders AS o WHERE o.user_id = :'bob' AND o.closed_at = 'infinity' \gset
SELECT count(*) AS open_orders FROM trading.orders
WHERE user_id = :'alice' AND market_id = :traded AND closed_at = 'infinity' \gset
UPDATE market.markets SET max_open_orders = :open_orders + 1 WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT results_eq($$ EXECUTE priced('buy', 100, 'last') $$, ARRAY['100'], 'the last order that a user may have open');
SELECT throws_ok(
    $$ EXECUTE priced('buy', 100, 'too-many') $$, 'TR009', 'too many open orders', 'one more is too many'
);
SELECT lives_ok(
    $$ EXECUTE bob_places('T1BTC-T1USD', 'buy', 'limit', 0.01, 100, NULL) $$, 'others have their own count'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE priced('buy', 100, 'too-many') $$) ->> 'max_open_orders', (:open_orders + 1)::text,
    'the detail says how many are allowed'
);
UPDATE market.markets SET max_open_orders = 200 WHERE id = :traded;
SET LOCAL ROLE service_role;
SELECT results_eq($$ EXECUTE priced('buy', 100, 'too-many') $$, ARRAY['100'], 'the name is free');
RESET ROLE;

-- Restricted: only what makes a position smaller

SELECT count(trading.cancel_order_for(:'bob', o.id)) AS canceled
FROM trading.orders AS o WHERE o.user_id = :'bob' AND o.closed_at = 'infinity' \gset
UPDATE identity.users SET status = 'restricted' WHERE id = :'bob';
INSERT INTO trading.positions (user_id, market_id, quantity, entry_cost) VALUES (:'bob', :traded, 0.5, 50);
PREPARE bob_reduces(text, numeric) AS
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', $1, 'limit', $2, 100) -> 'order' ->> 'quantity';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE bob_reduces('buy', 0.1) $$, 'TR008', 'the user may not place this order',
    'a restricted user does not add to what is long'
);
SELECT throws_ok(
    $$ EXECUTE bob_reduces('sell', 0.5001) $$, 'TR008', 'the user may not place this order', 'nor sell more than that'
);
SELECT results_eq($$ EXECUTE bob_reduces('sell', 0.3) $$, ARRAY['0.3'], 'but may sell a part of it');
SELECT throws_ok(
    $$ EXECUTE bob_reduces('sell', 0.3) $$, 'TR008', 'the user may not place this order',
    'what is open on that side counts'
);
SELECT results_eq($$ EXECUTE bob_reduces('sell', 0.2) $$, ARRAY['0.2'], 'so that the rest is left');
SELECT throws_ok(
    $$ EXECUTE bob_places('T1ETH-T1USD', 'sell', 'limit', 0.1, 100, NULL) $$, 'TR008',
    'the user may not place this order', 'a position counts in its market alone'
);
RESET ROLE;
UPDATE trading.positions SET quantity = -0.5, entry_cost = -50 WHERE user_id = :'bob' AND market_id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE bob_reduces('sell', 0.1) $$, 'TR008', 'the user may not place this order', 'nor add to what is short'
);
SELECT results_eq($$ EXECUTE bob_reduces('buy', 0.5) $$, ARRAY['0.5'], 'but may buy it back');
RESET ROLE;
UPDATE trading.positions SET quantity = 0, entry_cost = 0 WHERE user_id = :'bob' AND market_id = :traded;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ EXECUTE bob_reduces('sell', 0.1) $$, 'TR008', 'the user may not place this order',
    'what is flat has nothing to reduce'
);
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'bob';

-- An engine that acknowledges

SET LOCAL ROLE service_role;
SELECT lives_ok(
    $$ EXECUTE bob_places('T1ETH-T1USD', 'sell', 'limit', 0.5, 100, 'bob:pending') $$,
    'an order is placed where the engine acknowledges'
);
SELECT throws_ok(
    $$ EXECUTE alice_places('T1ETH-T1USD', 'buy', 'market', 0.5, NULL, 'alice:pending') $$, 'TR006',
    'there is no price to trade at', 'which is no price for others'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT o.status::text, o.on_book, trim_scale(o.hold)::text, o.tableoid::regclass::text
       FROM trading.orders AS o
       WHERE o.client_order_id = 'bob:pending' AND o.user_id = 'bbbbbbbb-0000-4000-8000-00000000000b' $$,
    $$ VALUES ('pending', FALSE, '0.5', 'partitions.orders_open') $$,
    'it is held and pending, and not on the book'
);
SELECT results_eq(
    $$ EXECUTE told_of('bob:pending') $$,
    $$ VALUES ('place', TRUE, TRUE, jsonb '{
        "side": "sell", "type": "limit", "time_in_force": "gtc", "post_only": false, "price": "100",
        "quantity": "0.5", "stp": "cancel_taker", "stp_group": "bbbbbbbb-0000-4000-8000-00000000000b"
    }', TRUE) $$,
    'the engine hears of it'
);

-- All in all

SELECT is_empty(
    format(
        $$ SELECT o.id FROM trading.orders AS o
           WHERE o.market_id IN (%s, %s) AND (
               SELECT count(*) FROM trading.engine_commands AS c
               WHERE c.order_id = o.id AND c.kind = 'place' AND c.seq = o.seq AND c.market_id = o.market_id
           ) <> 1 $$, :traded, :acked
    ),
    'every order is told once'
);
SELECT is_empty(
    format(
        $$ SELECT b.user_id FROM portfolio.balances AS b
           WHERE b.asset_id IN (%s, %s, %s) AND b.held <> coalesce((
               SELECT sum(o.hold) FROM trading.orders AS o
               WHERE o.user_id = b.user_id AND o.hold_asset_id = b.asset_id AND o.closed_at = 'infinity'
           ), 0) $$, :t1usd, :t1btc, :t1eth
    ),
    'what is held is what the open orders hold'
);

SELECT finish();
ROLLBACK;
