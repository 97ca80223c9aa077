-- api.send_withdrawal(): a service takes what it will send.

BEGIN;
SELECT plan(7);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'send_withdrawal', ARRAY['uuid']);
SELECT is(pg_temp.who_may_execute('api.send_withdrawal(uuid)'), ARRAY['service_role'], 'nobody else may call it');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:1') ->> 'id' AS id \gset
SELECT is(
    pg_temp.let_in(format('SELECT api.send_withdrawal(%L)', :'id')), ARRAY['service_role'], 'not Alice, whose it is'
);
SET LOCAL ROLE service_role;
SELECT is(api.send_withdrawal(transfer_id => :'id') -> 'replayed', 'false', 'it is taken');
SELECT is(api.send_withdrawal(:'id') -> 'replayed', 'true', 'once');
SELECT throws_ok('SELECT api.send_withdrawal(NULL)', 'TR403', 'unknown withdrawal', 'nothing is not');
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
