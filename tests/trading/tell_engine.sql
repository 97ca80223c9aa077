-- trading.tell_engine(): one command per call, in the order of the calls, with what matching needs and no user.

BEGIN;
SELECT plan(14);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'tell_engine', ARRAY['text', 'uuid[]', 'numeric']);
SELECT is(
    pg_temp.who_may_execute('trading.tell_engine(text,uuid[],numeric)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);

UPDATE identity.users SET stp_group = :'bob' WHERE id = :'alice';
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.50, 100.010, 'day', 'alice:1', TRUE, NULL, 'cancel_maker'
) -> 'order' ->> 'id' AS order_id \gset

SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.50, 110
) -> 'order' ->> 'id' AS later_id \gset

PREPARE tell(text) AS
SELECT trading.tell_engine($1, ARRAY[:'order_id']::uuid[]);
PREPARE tell_of_both AS
SELECT trading.tell_engine('cancel', ARRAY[:'later_id', :'order_id', :'later_id', gen_random_uuid()]::uuid[]);
PREPARE cancels AS
SELECT c.order_id = :'order_id', c.market_id = :traded
FROM trading.engine_commands AS c WHERE c.order_id IN (:'order_id', :'later_id') AND c.kind = 'cancel' ORDER BY c.seq;
PREPARE told AS
SELECT
    c.kind, c.market_id = :traded, rank() OVER (ORDER BY c.seq), c.payload - 'expires_at',
    (c.payload ->> 'expires_at')::timestamptz = o.expires_at
FROM trading.engine_commands AS c JOIN trading.orders AS o ON o.id = c.order_id
WHERE c.order_id = :'order_id' ORDER BY c.created_at, c.seq;
PREPARE place_told AS
SELECT c.seq = o.seq
FROM trading.engine_commands AS c JOIN trading.orders AS o ON o.id = c.order_id
WHERE c.order_id = :'order_id' AND c.kind = 'place';

SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE tell('cancel') $$, '42501', NULL, 'a service tells an engine nothing');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE tell('cancel') $$, '42501', NULL, 'nor does Alice');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE tell('cancel') $$, '42501', NULL, 'nor an engine itself');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('place_told', ARRAY[TRUE], 'a place command carries the seq of its order');
SELECT lives_ok($$ EXECUTE tell('amend') $$, 'an amend draws a seq of its own');
SELECT lives_ok($$ EXECUTE tell('cancel') $$, 'so does a cancel');
SELECT throws_ok($$ EXECUTE tell('forget') $$, '23514', NULL, 'there is nothing else to tell');
SELECT results_eq(
    'told',
    $$ VALUES
    ('place', TRUE, 1::bigint, jsonb '{
        "side": "buy", "type": "limit", "time_in_force": "day", "post_only": true, "price": "100.01",
        "quantity": "0.5", "stp": "cancel_maker", "stp_group": "bbbbbbbb-0000-4000-8000-00000000000b"
    }', TRUE),
    ('amend', TRUE, 2, '{"quantity": "0.5"}', NULL),
    ('cancel', TRUE, 3, '{}', NULL) $$,
    'an order is told with all that matching needs, an amend with its quantity, a cancel with nothing'
);
SELECT lives_ok('tell_of_both', 'of several orders it tells at once');
SELECT results_eq(
    'cancels', $$ VALUES (TRUE, TRUE), (TRUE, TRUE), (FALSE, TRUE) $$,
    'of each that is open once, the older order first'
);
SELECT lives_ok($$ SELECT trading.tell_engine('cancel', '{}') $$, 'of none it tells nothing');
SELECT results_eq('cancels', $$ VALUES (TRUE, TRUE), (TRUE, TRUE), (FALSE, TRUE) $$, 'indeed');
RESET ROLE;

SELECT finish();
ROLLBACK;
