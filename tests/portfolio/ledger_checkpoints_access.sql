-- portfolio.ledger_checkpoints: the kernel appends, those who audit read, users their own, and nobody else looks.

BEGIN;
SELECT plan(21);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held) VALUES
(:'alice', :t1usd, '2019-04-01 00:00:00+00', 3, 100.25, 0.5), (:'bob', :t1usd, '2019-04-01 00:00:00+00', 1, 7, 0);

SELECT policies_are('portfolio', 'ledger_checkpoints', ARRAY[
    'ledger_checkpoints_kernel_all', 'ledger_checkpoints_owner_select', 'ledger_checkpoints_staff_select'
]);
SELECT is(
    pg_temp.grants_on('portfolio.ledger_checkpoints'),
    ARRAY[
        'authenticated: SELECT',
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT',
        'tradebase_reporter: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen AS
SELECT user_id, available::text FROM portfolio.ledger_checkpoints WHERE asset_id = :t1usd ORDER BY user_id;
PREPARE get_rich AS
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
VALUES (:'alice', :t1usd, '2019-05-01 00:00:00+00', 4, 1000, 0);
PREPARE rewrite AS UPDATE portfolio.ledger_checkpoints SET available = 1000 WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM portfolio.ledger_checkpoints WHERE user_id = :'alice';
PREPARE as_written AS VALUES
(:'alice'::uuid, '100.25'), (:'bob', '7');

SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'who has not signed in is refused, whomever they speak for');
SET LOCAL ROLE authenticated;
SELECT results_eq(
    'seen', $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '100.25') $$, 'Alice sees hers and no other'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('seen', 'a request that speaks for nobody sees none');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('rewrite', '42501', NULL, 'Alice changes none');
SELECT throws_ok('get_rich', '42501', NULL, 'and writes no sum');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service is refused, whomever they speak for');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('seen', '42501', NULL, 'an engine is refused');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'an operator is refused');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'support is refused');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen', '42501', NULL, 'the worker has them written and reads none');
SELECT throws_ok('get_rich', '42501', NULL, 'nor writes one itself');
SET LOCAL request.jwt.claims = '';

SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', 'as_written', 'an auditor sees every one');
SELECT throws_ok('get_rich', '42501', NULL, 'and writes none');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen', 'as_written', 'so does an analyst');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen', 'as_written', 'the kernel sees every one');
SELECT throws_ok('rewrite', '42501', NULL, 'changes none');
SELECT throws_ok('forget', '42501', NULL, 'removes none');
SELECT throws_ok('TRUNCATE portfolio.ledger_checkpoints', '42501', NULL, 'nor all of them');
SELECT lives_ok('get_rich', 'and appends');

RESET ROLE;
SELECT finish();
ROLLBACK;
