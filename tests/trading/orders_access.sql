-- trading.orders: a user sees their own, the kernel writes through the table and changes the open book alone.

BEGIN;
SELECT plan(85);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.orders', '2031-03-01', '2031-03-01') AS made \gset
DO $$
BEGIN
    PERFORM pg_temp.put('trading.orders');
    PERFORM pg_temp.put('trading.orders', jsonb_build_object(
        'id', '01c1790c-d500-7000-8000-000000000002', 'status', 'canceled', 'closed_at', '2031-03-06 10:00:00+00',
        'close_reason', 'user_cancel', 'hold', 0, 'on_book', FALSE
    ));
    PERFORM pg_temp.put('trading.orders', jsonb_build_object(
        'id', '01c1790c-d500-7000-8000-000000000003', 'user_id', 'bbbbbbbb-0000-4000-8000-00000000000b', 'side', 'sell'
    ));
END
$$;
SELECT
    pg_temp.row_of('trading.orders', jsonb_build_object('id', :'four')) AS new_order,
    pg_temp.row_of('trading.orders', jsonb_build_object(
        'id', :'four', 'status', 'canceled', 'closed_at', '2031-03-06 10:00:00+00', 'close_reason', 'user_cancel',
        'hold', 0, 'on_book', FALSE
    )) AS ended_order
\gset

SELECT policies_are('trading', 'orders', ARRAY[
    'orders_kernel_all', 'orders_owner_select', 'orders_staff_select', 'orders_support_select'
]);
SELECT any_column_privs_are('trading', 'orders', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'orders', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'orders', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_kernel', ARRAY['INSERT', 'SELECT']);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'orders', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('trading.orders'),
    ARRAY[
        'authenticated: SELECT',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT',
        'tradebase_reporter: SELECT', 'tradebase_support: SELECT'
    ],
    'this is all that anybody was given'
);

SELECT policies_are('partitions', 'orders_open', ARRAY['orders_open_kernel_all']);
SELECT any_column_privs_are('partitions', 'orders_open', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'authenticated', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_kernel', ARRAY['SELECT', 'UPDATE']);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_support', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_auditor', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_reporter', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('partitions', 'orders_open', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('partitions.orders_open'),
    ARRAY[
        'tradebase_kernel: DELETE, SELECT, '
        'UPDATE (cancel_requested_at, fee_total, filled_quantity, filled_quote, hold, on_book, quantity, '
        'replaces_order_id, status, updated_at, version)'
    ],
    'nobody but the kernel was given anything on the open book'
);
SELECT is(pg_temp.grants_on('partitions.orders_2031_03'), '{}', 'nobody anything on a month');
SELECT is(
    pg_temp.grants_on('trading.command_seq'), ARRAY['tradebase_kernel: USAGE'], 'only the kernel draws numbers'
);

PREPARE seen_orders AS SELECT id, status::text FROM trading.orders WHERE market_id = :open_market ORDER BY id;
PREPARE orders_there AS SELECT count(*) FROM trading.orders WHERE market_id = :open_market;
PREPARE users_seen AS SELECT DISTINCT user_id FROM trading.orders;
PREPARE open_book AS SELECT id FROM partitions.orders_open WHERE market_id = :open_market ORDER BY id;
PREPARE past_the_parent AS SELECT id FROM partitions.orders_2031_03;
PREPARE place AS
INSERT INTO trading.orders SELECT r.* FROM jsonb_populate_record(NULL::trading.orders, :'new_order') AS r;
PREPARE place_in_the_leaf AS
INSERT INTO partitions.orders_open SELECT r.* FROM jsonb_populate_record(NULL::trading.orders, :'new_order') AS r;
PREPARE write_the_end AS
INSERT INTO trading.orders SELECT r.* FROM jsonb_populate_record(NULL::trading.orders, :'ended_order') AS r;
PREPARE new_order_is_in AS SELECT tableoid::regclass::text FROM trading.orders WHERE id = :'four';
PREPARE fill AS
WITH changed AS (
    UPDATE partitions.orders_open SET
        status = 'partially_filled', quantity = 1.9, filled_quantity = 1, filled_quote = 10, fee_total = 0.01,
        hold = 9.01, on_book = TRUE, cancel_requested_at = '2031-03-05 10:00:01+00',
        updated_at = '2031-03-05 10:00:01+00', version = version + 1
    WHERE id = :'one' RETURNING id
)
SELECT count(*) FROM changed;
PREPARE take_from_the_book AS
WITH gone AS (DELETE FROM partitions.orders_open WHERE id = :'four' RETURNING id) SELECT count(*) FROM gone;
PREPARE fill_through_the_parent AS UPDATE trading.orders SET filled_quote = 10 WHERE id = :'one';
PREPARE forget_through_the_parent AS DELETE FROM trading.orders WHERE id = :'one';
PREPARE rewrite_history AS UPDATE partitions.orders_2031_03 SET filled_quote = 10;
PREPARE forget_history AS DELETE FROM partitions.orders_2031_03;

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'seen_orders',
    $$ VALUES
        ('01c1790c-d500-7000-8000-000000000001'::uuid, 'open'), ('01c1790c-d500-7000-8000-000000000002', 'canceled') $$,
    'Alice sees her orders, the open one and the one that ended'
);
SELECT results_eq('users_seen', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a'::uuid], 'and nobody else''s');
SELECT throws_ok('place', '42501', NULL, 'Alice writes no order');
SELECT throws_ok('fill_through_the_parent', '42501', NULL, 'Alice changes none');
SELECT throws_ok('forget_through_the_parent', '42501', NULL, 'Alice removes none');
SELECT throws_ok('open_book', '42501', NULL, 'Alice does not read the open book');
SELECT throws_ok('past_the_parent', '42501', NULL, 'nor a month by its name');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'seen_orders', $$ VALUES ('01c1790c-d500-7000-8000-000000000003'::uuid, 'open') $$,
    'Bob sees his own and nothing of Alice'
);

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('users_seen', 'a request that speaks for nobody sees no order');

-- Those that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen_orders', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_orders', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_orders', '42501', NULL, 'an engine is refused, whomever they speak for');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_orders', '42501', NULL, 'an operator is refused, whomever they speak for');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('seen_orders', 'support sees none until a customer is opened to them');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen_orders', '42501', NULL, 'a monitor is refused, whomever they speak for');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen_orders', '42501', NULL, 'a worker is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('open_book', '42501', NULL, 'an engine does not read the open book');
SET LOCAL request.jwt.claims = '';

-- Those who check and count
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('orders_there', ARRAY[3::bigint], 'an auditor sees every order');
SELECT throws_ok('forget_through_the_parent', '42501', NULL, 'and removes none');
SELECT throws_ok('open_book', '42501', NULL, 'nor looks past the table');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('orders_there', ARRAY[3::bigint], 'an analyst sees every order');
SELECT throws_ok('fill_through_the_parent', '42501', NULL, 'and changes none');

-- The kernel
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'open_book',
    ARRAY['01c1790c-d500-7000-8000-000000000001'::uuid, '01c1790c-d500-7000-8000-000000000003'],
    'the kernel reads the open book'
);
SELECT lives_ok('place', 'the kernel places an order');
SELECT results_eq('new_order_is_in', ARRAY['partitions.orders_open'], 'which is then in the open book');
SELECT throws_ok('place_in_the_leaf', '42501', NULL, 'through the table alone');
SELECT results_eq('fill', ARRAY[1::bigint], 'the kernel fills an order of the open book');
SELECT throws_ok(
    format('UPDATE partitions.orders_open SET %1$I = %1$I WHERE id = %2$L', c.name, :'one'), '42501', NULL,
    format('the kernel never changes %s', c.name)
)
FROM unnest(ARRAY[
    'id', 'closed_at', 'created_at', 'seq', 'user_id', 'market_id', 'side', 'type', 'time_in_force', 'price',
    'hold_asset_id', 'maker_fee_rate', 'taker_fee_rate', 'post_only', 'stp', 'expires_at', 'client_order_id',
    'close_reason', 'close_seq'
]) AS c (name);
SELECT throws_ok('fill_through_the_parent', '42501', NULL, 'nor anything through the table');
SELECT throws_ok('forget_through_the_parent', '42501', NULL, 'where it removes nothing either');
SELECT throws_ok('past_the_parent', '42501', NULL, 'the kernel reads no month by its name');
SELECT throws_ok('rewrite_history', '42501', NULL, 'nor changes one');
SELECT throws_ok('forget_history', '42501', NULL, 'nor removes from one');
SELECT throws_ok('TRUNCATE trading.orders', '42501', NULL, 'the kernel empties no table');
SELECT throws_ok('TRUNCATE partitions.orders_open', '42501', NULL, 'nor the open book');
SELECT results_eq('take_from_the_book', ARRAY[1::bigint], 'the kernel takes an order from the open book');
SELECT lives_ok('write_the_end', 'and writes it down as it ended');
SELECT results_eq('new_order_is_in', ARRAY['partitions.orders_2031_03'], 'in the leaf of its month');
SELECT ok(nextval('trading.command_seq') < nextval('trading.command_seq'), 'the kernel draws numbers, ascending');

RESET ROLE;
SELECT finish();
ROLLBACK;
