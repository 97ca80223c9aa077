-- trading.positions: a user sees their own, and the kernel moves them on.

BEGIN;
SELECT plan(38);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_rows.psql
INSERT INTO trading.positions (user_id, market_id, quantity, entry_cost)
VALUES (:'alice', :open_market, 2, 20), (:'bob', :open_market, -2, -20);

SELECT policies_are('trading', 'positions', ARRAY[
    'positions_kernel_all', 'positions_owner_select', 'positions_staff_select', 'positions_support_select'
]);
SELECT any_column_privs_are('trading', 'positions', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'positions', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'positions', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'positions', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('trading.positions'),
    ARRAY[
        'authenticated: SELECT',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT, '
        'UPDATE (entry_cost, fees, opened_at, quantity, realized_pnl, updated_at, version)',
        'tradebase_reporter: SELECT', 'tradebase_support: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen_positions AS
SELECT user_id, quantity::text FROM trading.positions WHERE market_id = :open_market ORDER BY user_id;
PREPARE users_seen AS SELECT DISTINCT user_id FROM trading.positions;
PREPARE begin_position AS INSERT INTO trading.positions (user_id, market_id) VALUES (:'alice', :closed_market);
PREPARE fill AS
WITH changed AS (
    UPDATE trading.positions SET
        quantity = 3, entry_cost = 33, realized_pnl = 1, fees = 0.1, opened_at = '2031-03-05 10:00:00+00',
        updated_at = clock_timestamp(), version = version + 1
    WHERE user_id = :'alice' AND market_id = :open_market RETURNING user_id
)
SELECT count(*) FROM changed;
PREPARE give_to_bob AS UPDATE trading.positions SET user_id = :'bob' WHERE user_id = :'alice';
PREPARE move_over AS UPDATE trading.positions SET market_id = :closed_market WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.positions WHERE market_id = :open_market;

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'seen_positions', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '2') $$, 'Alice sees her position'
);
SELECT results_eq('users_seen', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a'::uuid], 'and nobody else''s');
SELECT throws_ok('begin_position', '42501', NULL, 'Alice writes none');
SELECT throws_ok('fill', '42501', NULL, 'Alice changes none');
SELECT throws_ok('forget', '42501', NULL, 'Alice removes none');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'seen_positions', $$ VALUES ('bbbbbbbb-0000-4000-8000-00000000000b'::uuid, '-2') $$,
    'Bob sees his own and nothing of Alice'
);

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('users_seen', 'a request that speaks for nobody sees no position');

-- Those that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen_positions', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_positions', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_positions', '42501', NULL, 'an engine is refused, whomever they speak for');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_positions', '42501', NULL, 'an operator is refused, whomever they speak for');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('seen_positions', 'support sees none until a customer is opened to them');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen_positions', '42501', NULL, 'a monitor is refused, whomever they speak for');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen_positions', '42501', NULL, 'a worker is refused, whomever they speak for');
SET LOCAL request.jwt.claims = '';

-- Those who check and count
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'seen_positions',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '2'), ('bbbbbbbb-0000-4000-8000-00000000000b', '-2') $$,
    'an auditor sees every position'
);
SELECT throws_ok('forget', '42501', NULL, 'and removes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'seen_positions',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '2'), ('bbbbbbbb-0000-4000-8000-00000000000b', '-2') $$,
    'so does an analyst'
);
SELECT throws_ok('fill', '42501', NULL, 'who changes none');

-- The kernel
SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('begin_position', 'the kernel begins a position');
SELECT results_eq('fill', ARRAY[1::bigint], 'and moves one on');
SELECT results_eq(
    'seen_positions',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '3'), ('bbbbbbbb-0000-4000-8000-00000000000b', '-2') $$,
    'that one and no other'
);
SELECT throws_ok('give_to_bob', '42501', NULL, 'a position stays with its user');
SELECT throws_ok('move_over', '42501', NULL, 'and in its market');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('TRUNCATE trading.positions', '42501', NULL, 'nor all of them');

RESET ROLE;
SELECT finish();
ROLLBACK;
