-- trading.trade_busts: everybody sees which trades no longer count; why and by whom is for staff, and the kernel appends.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql

SELECT policies_are('trading', 'trade_busts', ARRAY[
    'trade_busts_kernel_all', 'trade_busts_public_select', 'trade_busts_staff_select'
]);
SELECT is(
    pg_temp.grants_on('trading.trade_busts'),
    ARRAY[
        'anon: SELECT (created_at, market_id, trade_id, trade_seq)',
        'authenticated: SELECT (created_at, market_id, trade_id, trade_seq)',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT',
        'tradebase_operator: SELECT',
        'tradebase_reporter: SELECT'
    ],
    'this is all that anybody was given'
);
SELECT trading.bust_trade('T1BTC-T1USD', 1, 'wrong price') ->> 'trade_id' AS busted \gset
PREPARE seen AS SELECT trade_seq FROM trading.trade_busts WHERE market_id = :traded;
PREPARE reasons AS SELECT reason FROM trading.trade_busts WHERE market_id = :traded;
PREPARE bust_it AS
INSERT INTO trading.trade_busts (trade_id, market_id, trade_seq, journal_id, reason, made_by)
VALUES (gen_random_uuid(), :traded, 2, gen_random_uuid(), 'mine', '{}');
PREPARE rewrite AS UPDATE trading.trade_busts SET reason = 'none';
PREPARE forget AS DELETE FROM trading.trade_busts;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('seen', ARRAY[1::bigint], 'Alice sees which trade');
SELECT throws_ok('reasons', '42501', NULL, 'not why');
SELECT throws_ok('bust_it', '42501', NULL, 'and takes none back');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT results_eq('seen', ARRAY[1::bigint], 'so does whoever trades');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service reads no table');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'nor support');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('reasons', ARRAY['wrong price'], 'an operator sees why');
SELECT throws_ok('bust_it', '42501', NULL, 'and writes none past the function');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('reasons', ARRAY['wrong price'], 'so does an auditor');
SELECT throws_ok('forget', '42501', NULL, 'who removes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('reasons', ARRAY['wrong price'], 'and an analyst');
SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('bust_it', 'the kernel appends');
SELECT throws_ok('rewrite', '42501', NULL, 'changes none');
SELECT throws_ok('forget', '42501', NULL, 'and removes none');

RESET ROLE;
SELECT finish();
ROLLBACK;
