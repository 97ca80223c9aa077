-- trading.tell_engine(): one command per call, in the order of the calls, with what matching needs and no user.

BEGIN;
SELECT plan(11);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'tell_engine', ARRAY['text', 'trading.orders']);
SELECT is(
    pg_temp.who_may_execute('trading.tell_engine(text,trading.orders)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);

UPDATE identity.users SET stp_group = :'bob' WHERE id = :'alice';
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.50, 100.010, 'day', 'alice:1', TRUE, NULL, 'cancel_maker'
) -> 'order' ->> 'id' AS order_id \gset

PREPARE tell(text) AS
SELECT trading.tell_engine($1, o) > o.seq FROM trading.orders AS o WHERE o.id = :'order_id';
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
SELECT results_eq($$ EXECUTE tell('amend') $$, ARRAY[TRUE], 'an amend draws a seq of its own');
SELECT results_eq($$ EXECUTE tell('cancel') $$, ARRAY[TRUE], 'so does a cancel');
SELECT throws_ok($$ EXECUTE tell('forget') $$, '23514', NULL, 'there is nothing else to tell');
SELECT results_eq(
    'told',
    $$ VALUES
    ('place', TRUE, 1::bigint, jsonb '{
        "side": "buy", "type": "limit", "time_in_force": "day", "post_only": true, "price": "100.01",
        "quantity": "0.5", "stp": "cancel_maker", "stp_group": "bbbbbbbb-0000-4000-8000-00000000000b",
        "replaces_order_id": null
    }', TRUE),
    ('amend', TRUE, 2, '{"quantity": "0.5"}', NULL),
    ('cancel', TRUE, 3, '{}', NULL) $$,
    'an order is told with all that matching needs, an amend with its quantity, a cancel with nothing'
);
SELECT trading.tell_engine('cancel', o) AS returned_seq FROM trading.orders AS o WHERE o.id = :'order_id' \gset
SELECT results_eq(
    format(
        'SELECT c.kind FROM trading.engine_commands AS c WHERE c.order_id = %L AND c.seq = %s',
        :'order_id', :returned_seq
    ),
    ARRAY['cancel'], 'what is returned is the seq of the command'
);
RESET ROLE;

SELECT finish();
ROLLBACK;
