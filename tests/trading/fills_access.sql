-- trading.fills: a user sees their own side of a trade, and the kernel appends.

BEGIN;
SELECT plan(38);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.fills', '2031-03-01', '2031-03-01') AS made \gset
DO $$
BEGIN
    PERFORM pg_temp.put('trading.fills');
    PERFORM pg_temp.put('trading.fills', jsonb_build_object(
        'id', '01c1790c-d500-7000-8000-000000000002', 'user_id', 'bbbbbbbb-0000-4000-8000-00000000000b', 'side', 'buy',
        'liquidity', 'taker', 'order_id', '01c1790c-d500-7000-8000-000000000004'
    ));
END
$$;
SELECT pg_temp.row_of('trading.fills', jsonb_build_object('id', :'three')) AS new_fill \gset

SELECT policies_are('trading', 'fills', ARRAY[
    'fills_kernel_all', 'fills_owner_select', 'fills_staff_select', 'fills_support_select'
]);
SELECT any_column_privs_are('trading', 'fills', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'fills', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'fills', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_kernel', ARRAY['INSERT', 'SELECT']);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_operator', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('trading', 'fills', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('trading.fills'),
    ARRAY[
        'authenticated: SELECT',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT',
        'tradebase_reporter: SELECT', 'tradebase_support: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen_fills AS SELECT user_id, side::text FROM trading.fills WHERE market_id = :open_market ORDER BY id;
PREPARE users_seen AS SELECT DISTINCT user_id FROM trading.fills;
PREPARE past_the_parent AS SELECT id FROM partitions.fills_2031_03;
PREPARE new_fill AS
INSERT INTO trading.fills SELECT r.* FROM jsonb_populate_record(NULL::trading.fills, :'new_fill') AS r;
PREPARE rewrite AS UPDATE trading.fills SET fee = 0 WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.fills WHERE market_id = :open_market;

-- Alice
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'seen_fills', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'sell') $$,
    'Alice sees her side of the trade'
);
SELECT results_eq('users_seen', ARRAY['aaaaaaaa-0000-4000-8000-00000000000a'::uuid], 'and nobody else''s');
SELECT throws_ok('new_fill', '42501', NULL, 'Alice writes none');
SELECT throws_ok('rewrite', '42501', NULL, 'Alice changes none');
SELECT throws_ok('forget', '42501', NULL, 'Alice removes none');
SELECT throws_ok('past_the_parent', '42501', NULL, 'Alice reads no leaf by its name');

-- Bob
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'seen_fills', $$ VALUES ('bbbbbbbb-0000-4000-8000-00000000000b'::uuid, 'buy') $$, 'Bob sees the other side alone'
);

-- Nobody
SET LOCAL request.jwt.claims = '';
SELECT is_empty('users_seen', 'a request that speaks for nobody sees no fill');

-- Those that see none, even when they speak for Alice
SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen_fills', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen_fills', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen_fills', '42501', NULL, 'an engine is refused, whomever they speak for');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen_fills', '42501', NULL, 'an operator is refused, whomever they speak for');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('seen_fills', 'support sees none until a customer is opened to them');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen_fills', '42501', NULL, 'a monitor is refused, whomever they speak for');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen_fills', '42501', NULL, 'a worker is refused, whomever they speak for');
SET LOCAL request.jwt.claims = '';

-- Those who check and count
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'seen_fills',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'sell'), ('bbbbbbbb-0000-4000-8000-00000000000b', 'buy') $$,
    'an auditor sees both sides'
);
SELECT throws_ok('forget', '42501', NULL, 'and removes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq(
    'seen_fills',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'sell'), ('bbbbbbbb-0000-4000-8000-00000000000b', 'buy') $$,
    'so does an analyst'
);
SELECT throws_ok('rewrite', '42501', NULL, 'who changes none');

-- The kernel appends
SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('new_fill', 'the kernel appends a fill');
SELECT results_eq(
    'SELECT count(*) FROM trading.fills WHERE market_id = ' || :open_market, ARRAY[3::bigint], 'and sees every one'
);
SELECT throws_ok('rewrite', '42501', NULL, 'the kernel changes none');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('TRUNCATE trading.fills', '42501', NULL, 'nor all of them');
SELECT throws_ok('past_the_parent', '42501', NULL, 'the kernel reads no leaf by its name');

RESET ROLE;
SELECT finish();
ROLLBACK;
