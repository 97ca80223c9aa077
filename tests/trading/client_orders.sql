-- trading.client_orders: a user's name for an order names one order of theirs.

BEGIN;
SELECT plan(13);

SELECT columns_are('trading', 'client_orders', ARRAY[
    'user_id', 'client_order_id', 'order_id', 'request_hash', 'created_at'
]);
SELECT col_type_is('trading', 'client_orders', 'client_order_id', 'core', 'client_key', 'a name is a client''s key');
SELECT col_type_is('trading', 'client_orders', 'request_hash', 'bytea', 'a hash is bytes');
SELECT indexes_are('trading', 'client_orders', ARRAY['client_orders_pkey', 'client_orders_created_at_idx']);
SELECT is_empty(
    $$ SELECT a.attname FROM pg_attribute AS a
       WHERE a.attrelid = 'trading.client_orders'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped $$,
    'nothing may be unknown'
);

PREPARE named(uuid, text, bytea) AS
INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
VALUES ($1, $2, '01c1790c-d500-7000-8000-000000000001', $3);
PREPARE names AS
SELECT user_id, client_order_id::text, created_at BETWEEN transaction_timestamp() AND clock_timestamp()
FROM trading.client_orders WHERE order_id = '01c1790c-d500-7000-8000-000000000001' ORDER BY user_id;

SELECT lives_ok(
    $$ EXECUTE named('aaaaaaaa-0000-4000-8000-00000000000a', 't-1', sha256('a')) $$, 'Alice names her order'
);
SELECT lives_ok(
    $$ EXECUTE named('bbbbbbbb-0000-4000-8000-00000000000b', 't-1', sha256('a')) $$, 'Bob names his the same'
);
SELECT throws_ok(
    $$ EXECUTE named('aaaaaaaa-0000-4000-8000-00000000000a', 't-1', sha256('b')) $$, '23505', NULL,
    'a name of Alice names one order'
);
SELECT throws_ok(
    $$ EXECUTE named('aaaaaaaa-0000-4000-8000-00000000000a', 't-2', '\x00') $$, '23514', NULL, 'a hash has 32 bytes'
);
SELECT throws_ok(
    $$ EXECUTE named('aaaaaaaa-0000-4000-8000-00000000000a', 't-2', sha256('a') || '\x00') $$, '23514', NULL,
    'and no more'
);
SELECT throws_ok(
    $$ EXECUTE named('aaaaaaaa-0000-4000-8000-00000000000a', 't 2', sha256('a')) $$, '23514', NULL,
    'a blank is in no name'
);
SELECT throws_ok(
    $$ EXECUTE named('aaaaaaaa-0000-4000-8000-00000000000a', NULL, sha256('a')) $$, '23502', NULL,
    'no name is no name'
);
SELECT results_eq(
    'names',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 't-1', TRUE),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 't-1', TRUE) $$,
    'both are there, with the server''s time'
);

SELECT finish();
ROLLBACK;
