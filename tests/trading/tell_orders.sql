-- trading.tell_orders(): each user one event of their orders, each market one of what its book changed by.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'tell_orders', ARRAY['trading.orders[]', 'numeric[]']);
SELECT is(
    pg_temp.who_may_execute('trading.tell_orders(trading.orders[],numeric[])'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);

CREATE TEMPORARY TABLE placed (name text PRIMARY KEY, id uuid NOT NULL, seq bigint);
INSERT INTO placed (name, id)
SELECT p.name, (trading.place_order_for(
    p.user_id, p.market, p.side, 'limit', p.quantity, p.price, client_order_id => p.name
) -> 'order' ->> 'id')::uuid
FROM (VALUES
    ('one', :'alice'::uuid, 'T1BTC-T1USD', 'buy', 0.50, 100.00), ('two', :'bob', 'T1BTC-T1USD', 'buy', 0.40, 100),
    ('three', :'alice', 'T1BTC-T1USD', 'sell', 0.30, 110), ('four', :'alice', 'T1ETH-T1USD', 'buy', 0.20, 50),
    ('five', :'bob', 'T1BTC-T1USD', 'buy', 0.10, 99.5)
) AS p (name, user_id, market, side, quantity, price);
SELECT max(o.id) AS before FROM events.outbox AS o \gset

-- Tells of orders by name, each with what it changed its level by.
CREATE FUNCTION pg_temp.tell(names text[], changes numeric[]) RETURNS void LANGUAGE sql AS $$
    SELECT trading.tell_orders(
        ARRAY(
            SELECT o FROM unnest(names) WITH ORDINALITY AS n (name, i) JOIN pg_temp.placed AS p ON p.name = n.name
            JOIN trading.orders AS o ON o.id = p.id ORDER BY n.i
        ), changes
    )
$$;
PREPARE told AS
SELECT
    t.topic, t.event,
    CASE t.event WHEN 'book' THEN t.payload ELSE jsonb_build_object('orders', (
        SELECT jsonb_agg(o ->> 'client_order_id' ORDER BY i)
        FROM jsonb_array_elements(t.payload -> 'orders') WITH ORDINALITY AS e (o, i)
    )) END
FROM events.outbox AS t WHERE t.id > :before ORDER BY t.topic COLLATE "C";

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ SELECT trading.tell_orders('{}', '{}') $$, '42501', NULL, 'Alice tells nobody of orders');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok($$ SELECT trading.tell_orders('{}', '{}') $$, '42501', NULL, 'nor does a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ SELECT trading.tell_orders('{}', '{}') $$, '42501', NULL, 'nor an engine');
RESET ROLE;

-- One order
SAVEPOINT nothing_told;
SELECT pg_temp.tell('{one}', '{0.50}');
SELECT results_eq(
    'told',
    format(
        $$ VALUES ('market:T1BTC-T1USD', 'book', jsonb '{"book": [["buy", "100", "0.5"]]}'),
           ('user:%s', 'orders', '{"orders": ["one"]}') $$, :'alice'
    ),
    'of one order its user is told, and its market what came into the book'
);
SELECT is(
    (SELECT t.payload -> 'orders' -> 0 FROM events.outbox AS t WHERE t.id > :before AND t.event = 'orders'),
    (SELECT trading.order_event(o, 'T1BTC-T1USD') FROM trading.orders AS o JOIN placed AS p ON p.id = o.id WHERE p.name = 'one'),
    'an order is told as trading.order_event() has it'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{three}', '{-0.30}');
SELECT results_eq(
    'told',
    format(
        $$ VALUES ('market:T1BTC-T1USD', 'book', jsonb '{"book": [["sell", "110", "-0.3"]]}'),
           ('user:%s', 'orders', '{"orders": ["three"]}') $$, :'alice'
    ),
    'or what went out of it'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{four}', ARRAY[NULL::numeric]);
SELECT results_eq(
    'told', format($$ VALUES ('user:%s', 'orders', jsonb '{"orders": ["four"]}') $$, :'alice'),
    'what is not in the book its user alone is told of'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{one}', '{0}');
SELECT results_eq(
    'told', format($$ VALUES ('user:%s', 'orders', jsonb '{"orders": ["one"]}') $$, :'alice'),
    'so what leaves it as it was'
);
ROLLBACK TO nothing_told;

-- Several, of two users and two markets
SELECT pg_temp.tell('{four,three,two,one,five}', '{0.20,0.30,-0.4,0.50,0.1}');
SELECT results_eq(
    'told',
    format(
        $$ VALUES
            ('market:T1BTC-T1USD', 'book',
             jsonb '{"book": [["buy", "99.5", "0.1"], ["buy", "100", "0.1"], ["sell", "110", "0.3"]]}'),
            ('market:T1ETH-T1USD', 'book', '{"book": [["buy", "50", "0.2"]]}'),
            ('user:%s', 'orders', '{"orders": ["one", "three", "four"]}'),
            ('user:%s', 'orders', '{"orders": ["two", "five"]}') $$, :'alice', :'bob'
    ),
    'each user is told of their own in their order, each market of its levels, each once'
);
SELECT is(
    (SELECT jsonb_agg(o ->> 'market') FROM events.outbox AS t, jsonb_array_elements(t.payload -> 'orders') AS o
     WHERE t.id > :before AND t.topic = 'user:' || :'alice'),
    '["T1BTC-T1USD", "T1BTC-T1USD", "T1ETH-T1USD"]', 'with the market of each'
);
SELECT is(
    (SELECT t.payload -> 'orders' -> 1 FROM events.outbox AS t WHERE t.id > :before AND t.topic = 'user:' || :'bob'),
    (SELECT trading.order_event(o, 'T1BTC-T1USD') FROM trading.orders AS o JOIN placed AS p ON p.id = o.id WHERE p.name = 'five'),
    'as trading.order_event() has it'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{one,two,three}', ARRAY[0.4, -0.4, NULL]);
SELECT results_eq(
    'told',
    format(
        $$ VALUES ('user:%s', 'orders', jsonb '{"orders": ["one", "three"]}'), ('user:%s', 'orders', '{"orders": ["two"]}') $$,
        :'alice', :'bob'
    ),
    'a book that is as it was nobody is told of'
);
ROLLBACK TO nothing_told;
SELECT lives_ok($$ SELECT pg_temp.tell('{}', '{}') $$, 'of none there is nothing to tell');
SELECT is_empty('told', 'and nothing is told');
SELECT unalike(
    (SELECT string_agg(t.payload::text, '') FROM events.outbox AS t WHERE t.topic LIKE 'market:T1%'),
    '%-0000-4000-8000-%', 'of no market''s topic anybody learns whose an order is'
);

SELECT finish();
ROLLBACK;
