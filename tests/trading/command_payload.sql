-- trading.command_payload(): what an engine is told of an order, by the kind of command, and nothing of its user.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_rows.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'command_payload', ARRAY['text', 'partitions.orders_open', 'uuid']);
SELECT is(
    pg_temp.who_may_execute('trading.command_payload(text,partitions.orders_open,uuid)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);
SELECT is(
    (SELECT p.proconfig FROM pg_proc AS p WHERE p.oid = 'trading.command_payload'::regproc), NULL,
    'without a setting of its own it is inlined'
);

CREATE FUNCTION pg_temp.payload(kind text, changes jsonb DEFAULT '{}', stp_group uuid DEFAULT NULL)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT trading.command_payload(
        kind, jsonb_populate_record(NULL::partitions.orders_open, pg_temp.row_of('trading.orders', changes)), stp_group
    )
$$;

SET LOCAL ROLE service_role;
SELECT throws_ok(
    $$ SELECT trading.command_payload('cancel', NULL, NULL) $$, '42501', NULL, 'a service has no need of it'
);
RESET ROLE;
SELECT is(
    pg_temp.payload(
        'place', '{"price": 100.0100, "quantity": 2.50, "client_order_id": "secret-name"}',
        'dddddddd-0000-4000-8000-00000000000d'
    ),
    '{
        "side": "buy", "type": "limit", "time_in_force": "gtc", "post_only": false, "price": "100.01", "quantity": "2.5",
        "stp": "cancel_taker", "stp_group": "dddddddd-0000-4000-8000-00000000000d",
        "expires_at": "2031-06-03T10:00:00+00:00"
    }'::jsonb,
    'to place one it is told all that matching needs, amounts as text without zeros'
);
SELECT is(
    pg_temp.payload('place', '{"time_in_force": "gtc", "expires_at": null, "post_only": true}') - 'price' - 'quantity',
    '{
        "side": "buy", "type": "limit", "time_in_force": "gtc", "post_only": true, "stp": "cancel_taker",
        "stp_group": null, "expires_at": null
    }'::jsonb,
    'what it has not is null'
);
SELECT is(pg_temp.payload('amend', '{"quantity": 1.50}'), '{"quantity": "1.5"}'::jsonb, 'to amend one its quantity');
SELECT is(pg_temp.payload('cancel'), '{}'::jsonb, 'to cancel one nothing');
SELECT is(
    pg_temp.payload('forget') - 'expires_at', pg_temp.payload('place') - 'expires_at',
    'what is no kind the table refuses, not this'
);
SELECT unalike(
    pg_temp.payload('place', '{"client_order_id": "secret-name"}')::text, '%secret-name%',
    'how its user calls it an engine does not learn'
);

SELECT finish();
ROLLBACK;
