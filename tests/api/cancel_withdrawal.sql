-- api.cancel_withdrawal(): I keep what was not sent.

BEGIN;
SELECT plan(7);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'cancel_withdrawal', ARRAY['uuid']);
SELECT is(pg_temp.who_may_execute('api.cancel_withdrawal(uuid)'), ARRAY['authenticated'], 'nobody else may call it');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:1') ->> 'id' AS id \gset
SELECT is(
    pg_temp.let_in(format('SELECT api.cancel_withdrawal(%L)', :'id')), ARRAY['authenticated'], 'not even a service'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok(
    format('SELECT api.cancel_withdrawal(%L)', :'id'), 'TR403', 'unknown withdrawal', 'Bob does not cancel Alice''s'
);
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(api.cancel_withdrawal(transfer_id => :'id') ->> 'status', 'canceled', 'Alice does');
SELECT results_eq(
    $$ SELECT available::text, held::text FROM api.balances WHERE asset = 'T1USD' $$, $$ VALUES ('100.25', '0.00') $$,
    'and has it back'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
