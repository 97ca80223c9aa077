-- portfolio.cancel_withdrawal(): who is signed in keeps what was not sent yet.

BEGIN;
SELECT plan(12);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'cancel_withdrawal', ARRAY['uuid']);
SELECT function_owner_is('portfolio', 'cancel_withdrawal', ARRAY['uuid'], 'tradebase_kernel');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 60.1, 'out:1') ->> 'id' AS first \gset
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:2') ->> 'id' AS sent \gset
SELECT portfolio.send_withdrawal(:'sent') ->> 'status' AS status \gset
PREPARE cancel(uuid) AS SELECT portfolio.cancel_withdrawal($1);
SELECT is(
    pg_temp.who_may_execute('portfolio.cancel_withdrawal(uuid)'), ARRAY['authenticated'], 'only who is signed in may'
);
SELECT is(pg_temp.let_in(format('EXECUTE cancel(%L)', :'first')), ARRAY['authenticated'], 'a service says for whom');
SELECT pg_temp.money() AS before \gset

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok(format('EXECUTE cancel(%L)', :'first'), 'TR403', 'unknown withdrawal', 'nobody has one');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok(format('EXECUTE cancel(%L)', :'first'), 'TR403', 'unknown withdrawal', 'Bob does not cancel Alice''s');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(
    format('EXECUTE cancel(%L)', :'sent'), 'TR402', 'the withdrawal was sent and may have arrived',
    'nor she what was sent'
);
RESET ROLE;
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');
SET LOCAL ROLE authenticated;
SELECT is(portfolio.cancel_withdrawal(:'first') ->> 'status', 'canceled', 'what was not she cancels');
SELECT is(portfolio.cancel_withdrawal(:'first') -> 'replayed', 'true', 'again, it is what it is');
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '90', '10.25', 4::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7', '0', 1) $$,
    'and has it back'
);
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
