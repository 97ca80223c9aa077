-- trading.client_orders: for the kernel alone.

BEGIN;
SELECT plan(30);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_rows.psql
INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
VALUES (:'alice', 't-1', :'one', sha256('a'));

SELECT policies_are('trading', 'client_orders', ARRAY[
    'client_orders_kernel_all', 'client_orders_kernel_delete'
]);
SELECT any_column_privs_are('trading', 'client_orders', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'authenticated', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_kernel', ARRAY['INSERT', 'SELECT']);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_support', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_auditor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_reporter', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'client_orders', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('trading.client_orders'),
    ARRAY[
        'tradebase_kernel: DELETE, INSERT, SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen_names AS SELECT client_order_id::text FROM trading.client_orders WHERE user_id = :'alice' ORDER BY 1;
PREPARE new_name AS
INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
VALUES (:'alice', 't-2', :'two', sha256('b'));
PREPARE point_elsewhere AS UPDATE trading.client_orders SET order_id = :'two' WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM trading.client_orders WHERE user_id = :'alice';

-- Everybody else, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen_names', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen_names', '42501', NULL, 'a user is refused, whomever they speak for');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_names', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_names', '42501', NULL, 'an engine is refused, whomever they speak for');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_names', '42501', NULL, 'an operator is refused, whomever they speak for');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen_names', '42501', NULL, 'support is refused, whomever they speak for');
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('seen_names', '42501', NULL, 'an auditor is refused, whomever they speak for');
SET LOCAL ROLE tradebase_reporter;
SELECT throws_ok('seen_names', '42501', NULL, 'an analyst is refused, whomever they speak for');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen_names', '42501', NULL, 'a monitor is refused, whomever they speak for');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen_names', '42501', NULL, 'a worker is refused, whomever they speak for');
SET LOCAL ROLE authenticated;
SELECT throws_ok('new_name', '42501', NULL, 'Alice names an order when she places it, not here');
SET LOCAL request.jwt.claims = '';

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('new_name', 'the kernel writes a name');
SELECT results_eq('seen_names', ARRAY['t-1', 't-2'], 'and sees every one');
SELECT throws_ok('point_elsewhere', '42501', NULL, 'a name stays with its order');
EXECUTE forget;
SELECT results_eq('seen_names', ARRAY['t-1', 't-2'], 'the kernel forgets none');
INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
VALUES (:'alice', 't-claimed', :'two', decode(repeat('00', 32), 'hex'));
EXECUTE forget;
SELECT results_eq('seen_names', ARRAY['t-1', 't-2'], 'and takes back a claim');
SELECT throws_ok('TRUNCATE trading.client_orders', '42501', NULL, 'nor all of them');

RESET ROLE;
SELECT finish();
ROLLBACK;
