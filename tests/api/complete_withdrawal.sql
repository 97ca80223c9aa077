-- api.complete_withdrawal(): a service has seen it leave.

BEGIN;
SELECT plan(6);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'complete_withdrawal', ARRAY['uuid', 'text']);
SELECT is(pg_temp.who_may_execute('api.complete_withdrawal(uuid,text)'), ARRAY['service_role'], 'nobody else may call it');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:1') ->> 'id' AS id \gset
SELECT is(
    pg_temp.let_in(format('SELECT api.complete_withdrawal(%L, %L)', :'id', 'wire-out')), ARRAY['service_role'],
    'not Alice, whose it is'
);
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('SELECT api.complete_withdrawal(%L, %L)', :'id', 'wire-out'), 'TR402', 'the withdrawal is not sent yet',
    'what was not sent has not left'
);
SELECT api.send_withdrawal(:'id') ->> 'status' AS status \gset
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'external_ref']
     FROM api.complete_withdrawal(transfer_id => :'id', external_ref => 'wire-out') AS d),
    ARRAY['completed', 'wire-out'], 'every argument arrives where it belongs'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
