-- events.outbox: what commands tell the outside, each in its own transaction, one row for each topic; never otherwise
-- afterwards.

BEGIN;
SELECT plan(97);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/events.psql

SELECT columns_are('events', 'outbox', ARRAY['id', 'incarnation', 'xid', 'created_at', 'topic', 'event', 'payload']);
SELECT indexes_are('events', 'outbox', ARRAY['outbox_pkey', 'outbox_incarnation_xid_id_idx', 'outbox_topic_id_idx']);
SELECT col_is_pk('events', 'outbox', ARRAY['id', 'created_at'], 'an event is its id, in its leaf');
SELECT is_empty(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'events.outbox'::regclass AND a.attnum > 0 AND NOT a.attnotnull AND NOT a.attisdropped $$,
    'nothing may be unknown'
);
SELECT is(
    (SELECT a.attidentity FROM pg_attribute AS a WHERE a.attrelid = 'events.outbox'::regclass AND a.attname = 'id'),
    'a'::"char", 'nobody chooses an id'
);
SELECT is(
    (SELECT c.relrowsecurity AND c.relforcerowsecurity FROM pg_class AS c WHERE c.oid = 'events.outbox'::regclass), TRUE,
    'row level security is on and forced'
);
SELECT results_eq(
    $$ SELECT p.period, p.retention, p.action FROM ops.partition_policies AS p WHERE p.parent = 'events.outbox'::regclass $$,
    $$ VALUES ('week', INTERVAL '14 days', 'drop') $$, 'a leaf is a week, and goes after two'
);
SELECT is(
    (SELECT pg_get_expr(i.indpred, i.indrelid) FROM pg_index AS i WHERE i.indexrelid = 'events.outbox_topic_id_idx'::regclass),
    '((topic ~~ ''market:%''::text) OR (topic = ''config''::text) OR (topic = ''flags''::text))',
    'of what is public the newest event is found by its topic'
);

PREPARE tell AS INSERT INTO events.outbox (topic, event, payload) VALUES ('market:T1-A', 'test', '{}');
PREPARE tell_nowhere AS
INSERT INTO events.outbox (created_at, topic, event, payload) VALUES ('1900-01-01', 'market:T1-A', 'test', '{}');
SELECT lives_ok('tell', 'an event is told');
SELECT results_eq(
    $$ SELECT o.incarnation, o.xid = pg_current_xact_id(), o.created_at BETWEEN now() AND clock_timestamp()
       FROM events.outbox AS o WHERE o.topic = 'market:T1-A' $$,
    $$ VALUES (1, TRUE, TRUE) $$, 'with its transaction, and when it was'
);
SELECT throws_ok(
    $$ INSERT INTO events.outbox (id, topic, event, payload) VALUES (1, 'market:T1-A', 'test', '{}') $$, '428C9', NULL,
    'an id is drawn'
);
SELECT throws_ok('tell_nowhere', '23514', NULL, 'an event goes nowhere without a leaf');

-- What is written stays, for the owner too, through the parent and past it.
SELECT pg_temp.tell('100', 'market:T1-A') AS id \gset
PREPARE rewrite AS UPDATE events.outbox SET topic = 'flags' WHERE id = :id;
PREPARE forget AS DELETE FROM events.outbox WHERE id = :id;
PREPARE seen_in_the_leaf AS SELECT id FROM partitions.outbox_2031_w10 WHERE id = :id;
PREPARE rewrite_the_leaf AS UPDATE partitions.outbox_2031_w10 SET topic = 'flags' WHERE id = :id;
PREPARE forget_the_leaf AS DELETE FROM partitions.outbox_2031_w10 WHERE id = :id;

SELECT throws_ok('rewrite', 'TR902', 'events.outbox is append-only', 'no event is changed');
SELECT throws_ok('forget', 'TR902', 'events.outbox is append-only', 'no event is removed');
SELECT throws_ok('TRUNCATE events.outbox', 'TR902', 'events.outbox is append-only', 'nor all of them at once');
\if :owner_is_past_rls
SELECT isnt_empty('seen_in_the_leaf', 'past the parent an owner with BYPASSRLS sees all');
\else
SELECT is_empty('seen_in_the_leaf', 'past the parent even the owner sees none');
\endif
ALTER TABLE partitions.outbox_2031_w10 NO FORCE ROW LEVEL SECURITY;
SELECT isnt_empty('seen_in_the_leaf', 'an owner can open a leaf');
SELECT throws_ok('rewrite_the_leaf', 'TR902', 'events.outbox is append-only', 'and still changes no event there');
SELECT throws_ok('forget_the_leaf', 'TR902', 'events.outbox is append-only', 'nor removes one');
SELECT throws_ok(
    'TRUNCATE partitions.outbox_2031_w10', 'TR902', 'events.outbox is append-only', 'nor all of them'
);
SELECT results_eq(
    $$ SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgenabled::text FROM pg_trigger AS t
       WHERE t.tgrelid IN ('events.outbox'::regclass, 'partitions.outbox_2031_w10'::regclass)
       AND NOT t.tgisinternal ORDER BY 1, 2 $$,
    $$ VALUES
        ('events.outbox', 'outbox_append_only', 'A'), ('events.outbox', 'outbox_no_truncate', 'A'),
        ('partitions.outbox_2031_w10', 'outbox_append_only', 'A'),
        ('partitions.outbox_2031_w10', 'outbox_no_truncate', 'A') $$,
    'a session that calls itself a replica is held to the same, on a leaf too'
);

-- What every command tells ---------------------------------------------------------------------------------------------

\ir ../fixtures/trading_market.psql

-- Ids by the names that orders and transfers were given.
CREATE FUNCTION pg_temp.order(name text) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
    SELECT o.id FROM trading.orders AS o WHERE o.client_order_id = name
$$;
CREATE FUNCTION pg_temp.transfer(name text) RETURNS uuid LANGUAGE sql SECURITY DEFINER AS $$
    SELECT t.id FROM portfolio.transfers AS t WHERE t.idempotency_key = name
$$;
CREATE TEMPORARY TABLE told (command text, id bigint, topic text, event text, payload jsonb);
GRANT EXECUTE ON FUNCTION pg_temp.order(text), pg_temp.transfer(text) TO PUBLIC;

-- Runs a command as who may, and keeps what it told.
CREATE FUNCTION pg_temp.run(command text, who text, statement text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT bigint := (SELECT coalesce(max(o.id), 0) FROM events.outbox AS o);
BEGIN
    PERFORM set_config('request.jwt.claims', '{"role": "authenticated", "sub": "aaaaaaaa-0000-4000-8000-00000000000a"}', TRUE)
    WHERE who = 'authenticated';
    PERFORM set_config('role', who, TRUE);
    EXECUTE statement;
    PERFORM set_config('role', 'none', TRUE), set_config('request.jwt.claims', '', TRUE);
    INSERT INTO pg_temp.told (command, id, topic, event, payload)
    SELECT run.command, o.id, o.topic, o.event, o.payload FROM events.outbox AS o WHERE o.id > before;
END
$$;

-- Ids as names of orders and transfers, * for any other; times as 'time'. Of an engine the commands that it names; an
-- order, fill or trade in one line, all of it.
CREATE FUNCTION pg_temp.plain(topic text, payload jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    said     text := payload::text;
    found_id text;
BEGIN
    IF topic LIKE 'engine:%' THEN
        RETURN (
            SELECT jsonb_agg(c.kind || ' ' || coalesce(o.client_order_id, '*') ORDER BY c.seq)
            FROM trading.engine_commands AS c JOIN trading.orders AS o ON o.id = c.order_id
            WHERE
                c.market_id = (SELECT m.id FROM market.markets AS m WHERE 'engine:' || m.symbol = plain.topic)
                AND c.seq BETWEEN (plain.payload ->> 'first_seq')::bigint AND (plain.payload ->> 'last_seq')::bigint
        );
    END IF;
    FOR found_id IN
        SELECT DISTINCT m[1] FROM regexp_matches(said, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g') AS m
    LOOP
        said := replace(said, found_id, coalesce(
            (SELECT o.client_order_id FROM trading.orders AS o WHERE o.id = found_id::uuid),
            (SELECT t.idempotency_key FROM portfolio.transfers AS t WHERE t.id = found_id::uuid), '*'
        ));
    END LOOP;
    plain.payload := regexp_replace(said, '"[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*"', '"time"', 'g');
    RETURN plain.payload || jsonb_strip_nulls(jsonb_build_object(
        'orders', (
            SELECT jsonb_agg(concat_ws(
                ' ', e.o ->> 'id', nullif(e.o ->> 'client_order_id', e.o ->> 'id'), e.o ->> 'market', e.o ->> 'type',
                e.o ->> 'side', e.o ->> 'quantity', '@', e.o ->> 'price', e.o ->> 'status', e.o ->> 'close_reason',
                'filled ' || nullif(e.o ->> 'filled_quantity', '0'),
                CASE WHEN (e.o ->> 'cancel_requested')::boolean THEN 'asked' END
            ) ORDER BY e.n)
            FROM jsonb_array_elements(plain.payload -> 'orders') WITH ORDINALITY AS e (o, n)
        ),
        'fills', (
            SELECT jsonb_agg(concat_ws(
                ' ', e.f ->> 'order_id', e.f ->> 'trade_seq', e.f ->> 'side', e.f ->> 'quantity', '@', e.f ->> 'price',
                e.f ->> 'liquidity', 'fee ' || (e.f ->> 'fee'), 'pnl ' || (e.f ->> 'realized_pnl'), e.f ->> 'executed_at',
                e.f ->> 'id'
            ) ORDER BY e.n)
            FROM jsonb_array_elements(plain.payload -> 'fills') WITH ORDINALITY AS e (f, n)
        ),
        'trades', (
            SELECT jsonb_agg(concat_ws(
                ' ', e.t ->> 'seq', e.t ->> 'taker_side', e.t ->> 'quantity', '@', e.t ->> 'price', e.t ->> 'executed_at'
            ) ORDER BY e.n)
            FROM jsonb_array_elements(plain.payload -> 'trades') WITH ORDINALITY AS e (t, n)
        )
    ));
END
$$;
GRANT USAGE ON SCHEMA trading TO service_role;
SELECT count(pg_temp.run(c.command, c.who, c.statement)) AS run
FROM (VALUES
    ('place', 'service_role', $$ SELECT api.place_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'buy', 'limit', 0.50, 100.10, client_order_id => 'a1') $$),
    ('place as user', 'authenticated', $$ SELECT api.place_order(
        'T1BTC-T1USD', 'buy', 'limit', 0.4, 100, client_order_id => 'a2') $$),
    ('place ioc', 'service_role', $$ SELECT api.place_order_for(
        'bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC-T1USD', 'sell', 'limit', 0.3, 100, 'ioc', client_order_id => 'b1') $$),
    ('place where the engine acks', 'service_role', $$ SELECT api.place_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1ETH-T1USD', 'buy', 'limit', 1, 50, client_order_id => 'a3') $$),
    ('place_orders', 'service_role', $$ SELECT api.place_orders_for('bbbbbbbb-0000-4000-8000-00000000000b', '[
        {"market": "T1BTC-T1USD", "side": "sell", "type": "limit", "quantity": "0.1", "price": "110", "client_order_id": "b2"},
        {"market": "T1ETH-T1USD", "side": "sell", "type": "limit", "quantity": "0.2", "price": "60", "client_order_id": "b3"},
        {"market": "T1BTC-T1USD", "side": "sell", "type": "limit", "quantity": "0.2", "price": "110", "client_order_id": "b4"}
        ]') $$),
    ('ack', 'tradebase_engine', $$ SELECT api.ack_order(pg_temp.order('a3')) $$),
    ('amend in place', 'service_role', $$ SELECT api.amend_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a2'), quantity => 0.3) $$),
    ('amend by replacement', 'service_role', $$ SELECT api.amend_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a2'), price => 99, client_order_id => 'a4') $$),
    ('settle trades', 'tradebase_engine', $$ SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', 'T1BTC-T1USD', 'first_seq', 1, 'events', jsonb_build_array(
            jsonb_build_object('maker_order_id', pg_temp.order('a1'), 'taker_order_id', pg_temp.order('b1'),
                'price', '100.10', 'quantity', '0.20'),
            jsonb_build_object('order_id', pg_temp.order('b1'), 'status', 'canceled', 'reason', 'ioc_remainder')
        )))) $$),
    ('settle a close', 'tradebase_engine', $$ SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', 'T1BTC-T1USD', 'first_seq', 3, 'events', jsonb_build_array(
            jsonb_build_object('order_id', pg_temp.order('b2'), 'status', 'canceled', 'reason', 'self_trade')
        )))) $$),
    ('settle two markets', 'tradebase_engine', $$ SELECT api.settle_trades(jsonb_build_array(
        jsonb_build_object('market', 'T1BTC-T1USD', 'first_seq', 4, 'events', jsonb_build_array(
            jsonb_build_object('order_id', pg_temp.order('a4'), 'status', 'canceled', 'reason', 'admin_cancel'))),
        jsonb_build_object('market', 'T1ETH-T1USD', 'first_seq', 1, 'events', jsonb_build_array(
            jsonb_build_object('order_id', pg_temp.order('b3'), 'status', 'rejected', 'reason', 'engine_reject'))))) $$),
    ('close_order', 'tradebase_engine', $$ SELECT api.close_order(pg_temp.order('b4'), 'canceled', 'no_liquidity', 5) $$),
    ('bust', 'tradebase_operator', $$ SELECT trading.bust_trade('T1BTC-T1USD', 1, 'A test.') $$),
    ('place the other side', 'service_role', $$ SELECT api.place_order_for(
        'bbbbbbbb-0000-4000-8000-00000000000b', 'T1ETH-T1USD', 'sell', 'limit', 1, 50, client_order_id => 'b13') $$),
    ('cancel', 'service_role', $$ SELECT api.cancel_order_for('aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a1')) $$),
    ('cancel where the engine acks', 'service_role', $$ SELECT api.cancel_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a3')) $$),
    ('place more', 'service_role', $$ SELECT api.place_orders_for('bbbbbbbb-0000-4000-8000-00000000000b', (
        SELECT jsonb_agg(jsonb_build_object('market', o.market, 'side', 'buy', 'type', 'limit', 'quantity', '1',
            'price', o.price, 'client_order_id', o.name))
        FROM (VALUES ('T1BTC-T1USD', '90', 'b5'), ('T1BTC-T1USD', '91', 'b6'), ('T1ETH-T1USD', '45', 'b7'),
            ('T1BTC-T1USD', '90', 'b8'), ('T1ETH-T1USD', '46', 'b9'), ('T1BTC-T1USD', '92', 'b10'),
            ('T1BTC-T1USD', '93', 'b11'), ('T1ETH-T1USD', '47', 'b12')) AS o (market, price, name))) $$),
    ('fill before its ack', 'tradebase_engine', $$ SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', 'T1ETH-T1USD', 'first_seq', 2, 'events', jsonb_build_array(jsonb_build_object(
            'maker_order_id', pg_temp.order('a3'), 'taker_order_id', pg_temp.order('b13'), 'price', '50', 'quantity', '0.25'
        ))))) $$),
    ('cancel_orders', 'service_role', $$ SELECT api.cancel_orders_for('bbbbbbbb-0000-4000-8000-00000000000b',
        client_order_ids => ARRAY['b5', 'b7']) $$),
    ('cancel_all of a market', 'service_role', $$ SELECT trading.cancel_all_orders_for(
        'bbbbbbbb-0000-4000-8000-00000000000b', 'T1ETH-T1USD', 'sell') $$),
    ('time goes by', 'none', $$ UPDATE trading.orders SET expires_at = CASE client_order_id
        WHEN 'b9' THEN timestamptz '2020-01-03 00:00:00+00' ELSE '2020-01-02 00:00:00+00' END
        WHERE client_order_id IN ('b6', 'b8', 'b9') $$),
    ('expire', 'tradebase_worker', $$ SELECT trading.expire_orders('2020-01-05 00:00:00+00') $$),
    ('expire where the engine acks', 'tradebase_worker', $$ SELECT trading.expire_orders('2020-01-05 00:00:00+00') $$),
    ('cancel_all', 'service_role', $$ SELECT trading.cancel_all_orders_for('bbbbbbbb-0000-4000-8000-00000000000b') $$),
    ('place for the halt', 'service_role', $$ SELECT api.place_orders_for('aaaaaaaa-0000-4000-8000-00000000000a', '[
        {"market": "T1BTC-T1USD", "side": "buy", "type": "limit", "quantity": "0.1", "price": "95", "client_order_id": "a5"},
        {"market": "T1ETH-T1USD", "side": "buy", "type": "limit", "quantity": "0.1", "price": "45", "client_order_id": "a6"}
        ]') $$),
    ('halt', 'tradebase_operator', $$ SELECT market.set_market_status('T1BTC-T1USD', 'halted') $$),
    ('halt where the engine acks', 'tradebase_operator', $$ SELECT market.set_market_status('T1ETH-T1USD', 'halted') $$),
    ('market to post_only', 'tradebase_operator', $$ SELECT market.set_market_status('T1BTC-T1USD', 'post_only') $$),
    ('mark price', 'service_role', $$ SELECT api.set_mark_price('T1BTC-T1USD', 99.50, '2026-01-02 10:00:00+00') $$),
    ('deposit', 'service_role', $$ SELECT api.deposit(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 12.50, 'deposit', 'wire:1') $$),
    ('request_withdrawal', 'service_role', $$ SELECT api.request_withdrawal_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 2.5, 'withdrawal', 'an-account') $$),
    ('send_withdrawal', 'service_role', $$ SELECT api.send_withdrawal(pg_temp.transfer('withdrawal')) $$),
    ('complete_withdrawal', 'service_role', $$ SELECT api.complete_withdrawal(pg_temp.transfer('withdrawal'), 'wire:2') $$),
    ('request another', 'authenticated', $$ SELECT api.request_withdrawal('T1USD', 1, 'another', 'an-account') $$),
    ('cancel_withdrawal', 'authenticated', $$ SELECT api.cancel_withdrawal(pg_temp.transfer('another')) $$),
    ('transfer', 'service_role', $$ SELECT api.transfer_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 0.25, 'gift') $$),
    ('adjust', 'tradebase_operator', $$ SELECT portfolio.adjust(
        'bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', -0.50, 'A test.', 'correction') $$),
    ('config', 'tradebase_operator', $$ SELECT system.set_config_value('trading_enabled', 'false', 'A test.') $$),
    ('config that is not public', 'tradebase_operator', $$ SELECT system.set_config_value(
        'session_lifetime', '"5 days"', 'A test.') $$),
    ('rollback of config', 'tradebase_operator', $$ SELECT system.rollback_config('trading_enabled', 1) $$),
    ('flag', 'tradebase_operator', $$ SELECT system.set_feature_flag('t1_flag', 'A test.', description => 'A flag.',
        allowed_user_ids => ARRAY['aaaaaaaa-0000-4000-8000-00000000000a']::uuid[]) $$)
) AS c (command, who, statement) \gset

-- What is expected of each, one row for each topic, but where the engine is only asked of some and ends others at once:
-- there a user is told of both; and where an amendment is a cancel and another order.
CREATE TEMPORARY TABLE expected (n integer GENERATED ALWAYS AS IDENTITY, command text, topic text, event text, payload jsonb);
INSERT INTO expected (command, topic, event, payload) VALUES
('place', 'engine:T1BTC-T1USD', 'commands', '["place a1"]'),
('place', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "100.1", "0.5"]]}'),
('place', 'user:alice', 'orders', '{"orders": ["a1 T1BTC-T1USD limit buy 0.5 @ 100.1 open"]}'),
('place as user', 'engine:T1BTC-T1USD', 'commands', '["place a2"]'),
('place as user', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "100", "0.4"]]}'),
('place as user', 'user:alice', 'orders', '{"orders": ["a2 T1BTC-T1USD limit buy 0.4 @ 100 open"]}'),
('place ioc', 'engine:T1BTC-T1USD', 'commands', '["place b1"]'),
('place ioc', 'user:bob', 'orders', '{"orders": ["b1 T1BTC-T1USD limit sell 0.3 @ 100 open"]}'),
('place where the engine acks', 'engine:T1ETH-T1USD', 'commands', '["place a3"]'),
('place where the engine acks', 'user:alice', 'orders', '{"orders": ["a3 T1ETH-T1USD limit buy 1 @ 50 pending"]}'),
('place_orders', 'engine:T1BTC-T1USD', 'commands', '["place b2", "place b4"]'),
('place_orders', 'engine:T1ETH-T1USD', 'commands', '["place b3"]'),
('place_orders', 'market:T1BTC-T1USD', 'book', '{"book": [["sell", "110", "0.3"]]}'),
('place_orders', 'user:bob', 'orders', '{
    "orders": [
        "b2 T1BTC-T1USD limit sell 0.1 @ 110 open", "b3 T1ETH-T1USD limit sell 0.2 @ 60 pending",
        "b4 T1BTC-T1USD limit sell 0.2 @ 110 open"]}'),
('ack', 'market:T1ETH-T1USD', 'book', '{"book": [["buy", "50", "1"]]}'),
('ack', 'user:alice', 'orders', '{"orders": ["a3 T1ETH-T1USD limit buy 1 @ 50 open"]}'),
('amend in place', 'engine:T1BTC-T1USD', 'commands', '["amend a2"]'),
('amend in place', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "100", "-0.1"]]}'),
('amend in place', 'user:alice', 'orders', '{"orders": ["a2 T1BTC-T1USD limit buy 0.3 @ 100 open"]}'),
('amend by replacement', 'engine:T1BTC-T1USD', 'commands', '["cancel a2"]'),
('amend by replacement', 'engine:T1BTC-T1USD', 'commands', '["place a4"]'),
('amend by replacement', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "100", "-0.3"]]}'),
('amend by replacement', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "99", "0.3"]]}'),
('amend by replacement', 'user:alice', 'orders',
    '{"orders": ["a2 T1BTC-T1USD limit buy 0.3 @ 100 canceled replaced"]}'),
('amend by replacement', 'user:alice', 'orders', '{"orders": ["a4 T1BTC-T1USD limit buy 0.3 @ 99 open"]}'),
('settle trades', 'market:T1BTC-T1USD', 'trades',
    '{"book": [["buy", "100.1", "-0.2"]], "trades": ["1 sell 0.2 @ 100.1 time"]}'),
('settle trades', 'user:alice', 'orders', '{
    "fills": ["a1 1 buy 0.2 @ 100.1 maker fee 0.02002 pnl 0 time *"],
    "orders": ["a1 T1BTC-T1USD limit buy 0.5 @ 100.1 partially_filled filled 0.2"]}'),
('settle trades', 'user:bob', 'orders', '{
    "fills": ["b1 1 sell 0.2 @ 100.1 taker fee 0.04004 pnl 0 time *"],
    "orders": ["b1 T1BTC-T1USD limit sell 0.3 @ 100 canceled ioc_remainder filled 0.2"]}'),
('settle a close', 'market:T1BTC-T1USD', 'book', '{"book": [["sell", "110", "-0.1"]]}'),
('settle a close', 'user:bob', 'orders', '{"orders": ["b2 T1BTC-T1USD limit sell 0.1 @ 110 canceled self_trade"]}'),
('settle two markets', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "99", "-0.3"]]}'),
('settle two markets', 'user:alice', 'orders',
    '{"orders": ["a4 T1BTC-T1USD limit buy 0.3 @ 99 canceled admin_cancel"]}'),
('settle two markets', 'user:bob', 'orders',
    '{"orders": ["b3 T1ETH-T1USD limit sell 0.2 @ 60 rejected engine_reject"]}'),
('close_order', 'market:T1BTC-T1USD', 'book', '{"book": [["sell", "110", "-0.2"]]}'),
('close_order', 'user:bob', 'orders', '{"orders": ["b4 T1BTC-T1USD limit sell 0.2 @ 110 canceled no_liquidity"]}'),
('bust', 'market:T1BTC-T1USD', 'busts',
    '{"busts": [{"market": "T1BTC-T1USD", "trade_seq": 1, "created_at": "time"}]}'),
('bust', 'user:alice', 'busts', '{"busts": [{"market": "T1BTC-T1USD", "trade_seq": 1, "created_at": "time"}]}'),
('bust', 'user:bob', 'busts', '{"busts": [{"market": "T1BTC-T1USD", "trade_seq": 1, "created_at": "time"}]}'),
('place the other side', 'engine:T1ETH-T1USD', 'commands', '["place b13"]'),
('place the other side', 'user:bob', 'orders', '{"orders": ["b13 T1ETH-T1USD limit sell 1 @ 50 pending"]}'),
('cancel', 'engine:T1BTC-T1USD', 'commands', '["cancel a1"]'),
('cancel', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "100.1", "-0.3"]]}'),
('cancel', 'user:alice', 'orders',
    '{"orders": ["a1 T1BTC-T1USD limit buy 0.5 @ 100.1 canceled user_cancel filled 0.2"]}'),
('cancel where the engine acks', 'engine:T1ETH-T1USD', 'commands', '["cancel a3"]'),
('cancel where the engine acks', 'user:alice', 'orders',
    '{"orders": ["a3 T1ETH-T1USD limit buy 1 @ 50 open asked"]}'),
('place more', 'engine:T1BTC-T1USD', 'commands', '["place b5", "place b6", "place b8", "place b10", "place b11"]'),
('place more', 'engine:T1ETH-T1USD', 'commands', '["place b7", "place b9", "place b12"]'),
('place more', 'market:T1BTC-T1USD', 'book',
    '{"book": [["buy", "90", "2"], ["buy", "91", "1"], ["buy", "92", "1"], ["buy", "93", "1"]]}'),
('place more', 'user:bob', 'orders', '{
    "orders": [
        "b5 T1BTC-T1USD limit buy 1 @ 90 open", "b6 T1BTC-T1USD limit buy 1 @ 91 open",
        "b7 T1ETH-T1USD limit buy 1 @ 45 pending", "b8 T1BTC-T1USD limit buy 1 @ 90 open",
        "b9 T1ETH-T1USD limit buy 1 @ 46 pending", "b10 T1BTC-T1USD limit buy 1 @ 92 open",
        "b11 T1BTC-T1USD limit buy 1 @ 93 open", "b12 T1ETH-T1USD limit buy 1 @ 47 pending"]}'),
('fill before its ack', 'market:T1ETH-T1USD', 'trades',
    '{"book": [["buy", "50", "-0.25"], ["sell", "50", "0.75"]], "trades": ["1 sell 0.25 @ 50 time"]}'),
('fill before its ack', 'user:alice', 'orders', '{
    "fills": ["a3 1 buy 0.25 @ 50 maker fee 0 pnl 0 time *"],
    "orders": ["a3 T1ETH-T1USD limit buy 1 @ 50 partially_filled filled 0.25 asked"]}'),
('fill before its ack', 'user:bob', 'orders', '{
    "fills": ["b13 1 sell 0.25 @ 50 taker fee 0.0125 pnl 0 time *"],
    "orders": ["b13 T1ETH-T1USD limit sell 1 @ 50 partially_filled filled 0.25"]}'),
('cancel_orders', 'engine:T1BTC-T1USD', 'commands', '["cancel b5"]'),
('cancel_orders', 'engine:T1ETH-T1USD', 'commands', '["cancel b7"]'),
('cancel_orders', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "90", "-1"]]}'),
('cancel_orders', 'user:bob', 'orders', '{"orders": ["b7 T1ETH-T1USD limit buy 1 @ 45 pending asked"]}'),
('cancel_orders', 'user:bob', 'orders', '{"orders": ["b5 T1BTC-T1USD limit buy 1 @ 90 canceled user_cancel"]}'),
('cancel_all of a market', 'engine:T1ETH-T1USD', 'commands', '["cancel b13"]'),
('cancel_all of a market', 'user:bob', 'orders',
    '{"orders": ["b13 T1ETH-T1USD limit sell 1 @ 50 partially_filled filled 0.25 asked"]}'),
('expire', 'engine:T1BTC-T1USD', 'commands', '["cancel b6", "cancel b8"]'),
('expire', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "90", "-1"], ["buy", "91", "-1"]]}'),
('expire', 'user:bob', 'orders', '{
    "orders": [
        "b6 T1BTC-T1USD limit buy 1 @ 91 expired max_age",
        "b8 T1BTC-T1USD limit buy 1 @ 90 expired max_age"]}'),
('expire where the engine acks', 'engine:T1ETH-T1USD', 'commands', '["cancel b9"]'),
('expire where the engine acks', 'user:bob', 'orders',
    '{"orders": ["b9 T1ETH-T1USD limit buy 1 @ 46 pending asked"]}'),
('cancel_all', 'engine:T1BTC-T1USD', 'commands', '["cancel b10", "cancel b11"]'),
('cancel_all', 'engine:T1ETH-T1USD', 'commands', '["cancel b12"]'),
('cancel_all', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "92", "-1"], ["buy", "93", "-1"]]}'),
('cancel_all', 'user:bob', 'orders', '{"orders": ["b12 T1ETH-T1USD limit buy 1 @ 47 pending asked"]}'),
('cancel_all', 'user:bob', 'orders', '{
    "orders": [
        "b10 T1BTC-T1USD limit buy 1 @ 92 canceled cancel_all",
        "b11 T1BTC-T1USD limit buy 1 @ 93 canceled cancel_all"]}'),
('place for the halt', 'engine:T1BTC-T1USD', 'commands', '["place a5"]'),
('place for the halt', 'engine:T1ETH-T1USD', 'commands', '["place a6"]'),
('place for the halt', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "95", "0.1"]]}'),
('place for the halt', 'user:alice', 'orders',
    '{"orders": ["a5 T1BTC-T1USD limit buy 0.1 @ 95 open", "a6 T1ETH-T1USD limit buy 0.1 @ 45 pending"]}'),
('halt', 'engine:T1BTC-T1USD', 'commands', '["cancel a5"]'),
('halt', 'market:T1BTC-T1USD', 'status', '{"status": "halted"}'),
('halt', 'market:T1BTC-T1USD', 'book', '{"book": [["buy", "95", "-0.1"]]}'),
('halt', 'user:alice', 'orders', '{"orders": ["a5 T1BTC-T1USD limit buy 0.1 @ 95 canceled market_halted"]}'),
('halt where the engine acks', 'engine:T1ETH-T1USD', 'commands', '["cancel a6"]'),
('halt where the engine acks', 'market:T1ETH-T1USD', 'status', '{"status": "halted"}'),
('halt where the engine acks', 'user:alice', 'orders',
    '{"orders": ["a6 T1ETH-T1USD limit buy 0.1 @ 45 pending asked"]}'),
('market to post_only', 'market:T1BTC-T1USD', 'status', '{"status": "post_only"}'),
('mark price', 'market:T1BTC-T1USD', 'mark', '{"mark_at": "time", "mark_price": "99.5"}'),
('deposit', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "deposit", "fee": "0", "kind": "deposit", "asset": "T1USD", "amount": "12.5",
         "status": "completed", "is_sent": false, "is_incoming": true}]}'),
('request_withdrawal', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "withdrawal", "fee": "0", "kind": "withdrawal", "asset": "T1USD", "amount": "2.5",
         "status": "pending", "is_sent": false, "is_incoming": false}]}'),
('send_withdrawal', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "withdrawal", "fee": "0", "kind": "withdrawal", "asset": "T1USD", "amount": "2.5",
         "status": "pending", "is_sent": true, "is_incoming": false}]}'),
('complete_withdrawal', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "withdrawal", "fee": "0", "kind": "withdrawal", "asset": "T1USD", "amount": "2.5",
         "status": "completed", "is_sent": true, "is_incoming": false}]}'),
('request another', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "another", "fee": "0", "kind": "withdrawal", "asset": "T1USD", "amount": "1",
         "status": "pending", "is_sent": false, "is_incoming": false}]}'),
('cancel_withdrawal', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "another", "fee": "0", "kind": "withdrawal", "asset": "T1USD", "amount": "1",
         "status": "canceled", "is_sent": false, "is_incoming": false}]}'),
('transfer', 'user:alice', 'transfers', '{
    "transfers": [
        {"id": "gift", "fee": "0", "kind": "internal", "asset": "T1BTC", "amount": "0.25",
         "status": "completed", "is_sent": false, "is_incoming": false}]}'),
('transfer', 'user:bob', 'transfers', '{
    "transfers": [
        {"id": "gift", "fee": "0", "kind": "internal", "asset": "T1BTC", "amount": "0.25",
         "status": "completed", "is_sent": false, "is_incoming": true}]}'),
('adjust', 'user:bob', 'transfers', '{
    "transfers": [
        {"id": "correction", "fee": "0", "kind": "adjustment", "asset": "T1USD", "amount": "-0.5",
         "status": "completed", "is_sent": false, "is_incoming": false}]}'),
('config', 'config', 'config', '{"key": "trading_enabled", "value": false, "version": 2}'),
('rollback of config', 'config', 'config', '{"key": "trading_enabled", "value": true, "version": 3}'),
('flag', 'flags', 'flags', '{"key": "t1_flag"}');

SELECT is(
    (
        SELECT jsonb_agg(
            jsonb_build_array(v.topic, t.event, pg_temp.plain(t.topic, t.payload)) ORDER BY v.topic COLLATE "C", t.id
        )
        FROM told AS t
        CROSS JOIN LATERAL (SELECT replace(replace(t.topic, :'alice', 'alice'), :'bob', 'bob') AS topic) AS v
        WHERE t.command = c.command
    ),
    (
        SELECT jsonb_agg(jsonb_build_array(e.topic, e.event, e.payload) ORDER BY e.topic COLLATE "C", e.n)
        FROM expected AS e WHERE e.command = c.command
    ), c.command
)
FROM (
    SELECT coalesce(t.command, e.command) AS command
    FROM (SELECT t.command, min(t.id) AS n FROM told AS t GROUP BY t.command) AS t
    FULL JOIN (SELECT e.command, min(e.n) AS n FROM expected AS e GROUP BY e.command) AS e ON e.command = t.command
    ORDER BY t.n
) AS c;
SELECT results_eq(
    $$ SELECT DISTINCT t.event COLLATE "default" FROM told AS t ORDER BY 1 $$,
    ARRAY['book', 'busts', 'commands', 'config', 'flags', 'mark', 'orders', 'status', 'trades', 'transfers'],
    'these are all events that there are'
);

-- What was told last is what is: of every order, and of every level of the books, added up.
SELECT is_empty(
    $$ SELECT o.client_order_id, n.told FROM trading.orders AS o
       JOIN market.markets AS m ON m.id = o.market_id
       LEFT JOIN LATERAL (
           SELECT e.o AS told FROM told AS t, jsonb_array_elements(t.payload -> 'orders') AS e (o)
           WHERE e.o ->> 'id' = o.id::text ORDER BY t.id DESC LIMIT 1
       ) AS n ON TRUE
       WHERE m.symbol LIKE 'T1%' AND n.told IS DISTINCT FROM trading.order_event(o, m.symbol) $$,
    'every order is told as it is now'
);
SELECT is(
    (
        SELECT jsonb_agg(jsonb_build_array(b.topic, b.side, b.price, b.quantity) ORDER BY b.topic, b.side, b.price)
        FROM (
            SELECT t.topic, e.l ->> 0 AS side, e.l ->> 1 AS price, trim_scale(sum((e.l ->> 2)::numeric)) AS quantity
            FROM told AS t, jsonb_array_elements(t.payload -> 'book') AS e (l)
            GROUP BY t.topic, e.l ->> 0, e.l ->> 1 HAVING sum((e.l ->> 2)::numeric) <> 0
        ) AS b
    ),
    (
        SELECT jsonb_agg(
            jsonb_build_array('market:' || b.symbol, b.side, b.price, b.quantity) ORDER BY b.symbol, b.side, b.price
        )
        FROM (
            SELECT
                m.symbol, o.side, trim_scale(o.price)::text AS price,
                trim_scale(sum(o.quantity - o.filled_quantity)) AS quantity
            FROM partitions.orders_open AS o JOIN market.markets AS m ON m.id = o.market_id
            WHERE m.symbol LIKE 'T1%' AND o.on_book GROUP BY m.symbol, o.side, o.price
        ) AS b
    ), 'what books changed by adds up to the books as they are'
);

-- Nobody is named. Every key at any depth:
SELECT set_eq(
    $$ WITH RECURSIVE part (value) AS (
           SELECT t.payload FROM told AS t
           UNION ALL
           SELECT n.value FROM part AS p
           CROSS JOIN LATERAL (
               SELECT o.value FROM jsonb_each(CASE jsonb_typeof(p.value) WHEN 'object' THEN p.value ELSE '{}' END) AS o
               UNION ALL
               SELECT a.value FROM jsonb_array_elements(CASE jsonb_typeof(p.value) WHEN 'array' THEN p.value ELSE '[]' END) AS a
           ) AS n
       )
       SELECT DISTINCT k FROM part AS p, jsonb_object_keys(p.value) AS k WHERE jsonb_typeof(p.value) = 'object' $$,
    ARRAY[
        'amount', 'asset', 'book', 'busts', 'cancel_requested', 'client_order_id', 'close_reason', 'created_at',
        'executed_at', 'fee', 'fills', 'filled_quantity', 'first_seq', 'id', 'is_incoming', 'is_sent', 'key', 'kind',
        'last_seq', 'liquidity', 'mark_at', 'mark_price', 'market', 'order_id', 'orders', 'price', 'quantity',
        'realized_pnl', 'seq', 'side', 'status', 'taker_side', 'trade_seq', 'trades', 'transfers', 'type', 'value',
        'version'
    ], 'these are all keys of all payloads: none is a person''s'
);
SELECT is_empty(
    $$ SELECT t.command, t.topic, t.payload FROM told AS t WHERE t.payload::text ~ 'aaaaaaaa-0000|bbbbbbbb-0000' $$,
    'no payload has the id of a user, neither another''s nor one''s own'
);
SELECT is_empty(
    $$ SELECT t.command, t.topic, t.payload FROM told AS t
       WHERE t.topic NOT LIKE 'user:%' AND t.payload::text ~ '[0-9a-f]{8}-[0-9a-f]{4}' $$,
    'and what is not for one user has no id at all'
);
SELECT is_empty(
    $$ SELECT t.command, t.payload FROM told AS t, jsonb_array_elements(t.payload -> 'orders') AS o
       WHERE t.topic <> 'user:' || (SELECT x.user_id FROM trading.orders AS x WHERE x.id = (o ->> 'id')::uuid) $$,
    'nobody is told of an order that is not theirs'
);

-- Nothing is told of what was done before, and of what is refused
CREATE FUNCTION pg_temp.told_of(who text, statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT bigint := (SELECT max(o.id) FROM events.outbox AS o);
BEGIN
    BEGIN
        PERFORM set_config('role', who, TRUE);
        EXECUTE statement;
    EXCEPTION WHEN SQLSTATE 'TR000' THEN NULL;
    END;
    PERFORM set_config('role', 'none', TRUE);
    RETURN (SELECT count(*) FROM events.outbox AS o WHERE o.id > before);
END
$$;
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.1, 80, client_order_id => 'a7', post_only => TRUE
) -> 'order' ->> 'status' AS status \gset
SELECT is(pg_temp.told_of(c.who, c.statement), 0::bigint, c.command || ' tells nothing')
FROM (VALUES
    ('an order that was placed', 'service_role', $$ SELECT api.place_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC-T1USD', 'buy', 'limit', 0.50, 100.10, client_order_id => 'a1') $$),
    ('a list that was placed', 'service_role', $$ SELECT api.place_orders_for('aaaaaaaa-0000-4000-8000-00000000000a', '[
        {"market": "T1BTC-T1USD", "side": "buy", "type": "limit", "quantity": "0.1", "price": "95",
         "client_order_id": "a5"},
        {"market": "T1ETH-T1USD", "side": "buy", "type": "limit", "quantity": "0.1", "price": "45",
         "client_order_id": "a6"}
        ]') $$),
    ('an order that is refused', 'service_role', $$ SELECT api.place_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) $$),
    ('what was acknowledged', 'tradebase_engine', $$ SELECT api.ack_order(pg_temp.order('a3')) $$),
    ('an amendment to what is', 'service_role', $$ SELECT api.amend_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a7'), quantity => 0.1) $$),
    ('an amendment that was made', 'service_role', $$ SELECT api.amend_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a2'), price => 99, client_order_id => 'a4') $$),
    ('an amendment that is refused', 'service_role', $$ SELECT api.amend_order_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a7'), price => 79.999) $$),
    ('what was settled', 'tradebase_engine', $$ SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', 'T1BTC-T1USD', 'first_seq', 1, 'events', jsonb_build_array(
            jsonb_build_object('maker_order_id', pg_temp.order('a1'), 'taker_order_id', pg_temp.order('b1'),
                'price', '100.10', 'quantity', '0.20'),
            jsonb_build_object('order_id', pg_temp.order('b1'), 'status', 'canceled', 'reason', 'ioc_remainder')
        )))) $$),
    ('a batch with a gap', 'tradebase_engine', $$ SELECT api.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', 'T1BTC-T1USD', 'first_seq', 100, 'events', jsonb_build_array(
            jsonb_build_object('order_id', pg_temp.order('a7'), 'status', 'canceled', 'reason', 'self_trade')
        )))) $$),
    ('what was closed', 'tradebase_engine',
     $$ SELECT api.close_order(pg_temp.order('b4'), 'canceled', 'no_liquidity', 5) $$),
    ('a trade that was busted', 'tradebase_operator', $$ SELECT trading.bust_trade('T1BTC-T1USD', 1, 'A test.') $$),
    ('what was canceled', 'service_role',
     $$ SELECT api.cancel_order_for('aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a1')) $$),
    ('an end that was asked for', 'service_role',
     $$ SELECT api.cancel_order_for('aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.order('a3')) $$),
    ('a list that was canceled', 'service_role', $$ SELECT api.cancel_orders_for(
        'bbbbbbbb-0000-4000-8000-00000000000b', client_order_ids => ARRAY['b5', 'b7']) $$),
    ('whoever has nothing to cancel', 'service_role',
     $$ SELECT trading.cancel_all_orders_for('bbbbbbbb-0000-4000-8000-00000000000b') $$),
    ('a time when nothing expires', 'tradebase_worker', $$ SELECT trading.expire_orders('2020-01-05 00:00:00+00') $$),
    ('a market that is so already', 'tradebase_operator',
     $$ SELECT market.set_market_status('T1BTC-T1USD', 'post_only') $$),
    ('the same mark', 'service_role', $$ SELECT api.set_mark_price('T1BTC-T1USD', 99.50, '2026-01-02 10:00:00+00') $$),
    ('an older mark', 'service_role', $$ SELECT api.set_mark_price('T1BTC-T1USD', 98, '2026-01-02 09:00:00+00') $$),
    ('a deposit that was made', 'service_role', $$ SELECT api.deposit(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 12.50, 'deposit', 'wire:1') $$),
    ('a deposit that is refused', 'service_role', $$ SELECT api.deposit(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1-NOT-HERE', 12.50, 'deposit:2', 'wire:3') $$),
    ('a withdrawal that was requested', 'service_role', $$ SELECT api.request_withdrawal_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 2.5, 'withdrawal', 'an-account') $$),
    ('one that was sent', 'service_role', $$ SELECT api.send_withdrawal(pg_temp.transfer('withdrawal')) $$),
    ('one that was completed', 'service_role',
     $$ SELECT api.complete_withdrawal(pg_temp.transfer('withdrawal'), 'wire:2') $$),
    ('one that was canceled', 'service_role', $$ SELECT api.cancel_withdrawal_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', pg_temp.transfer('another')) $$),
    ('a transfer that was made', 'service_role', $$ SELECT api.transfer_for(
        'aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 0.25, 'gift') $$),
    ('an adjustment that was made', 'tradebase_operator', $$ SELECT portfolio.adjust(
        'bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', -0.50, 'A test.', 'correction') $$),
    ('a setting that is refused', 'tradebase_operator',
     $$ SELECT system.set_config_value('trading_enabled', '7', 'A test.') $$),
    ('a setting that is not public', 'tradebase_operator',
     $$ SELECT system.set_config_value('session_lifetime', '"5 days"', 'A test.') $$),
    ('a flag that is refused', 'tradebase_operator',
     $$ SELECT system.set_feature_flag('t1_flag', 'A test.', rollout_pct => 101) $$)
) AS c (command, who, statement);

SELECT finish();
ROLLBACK;
