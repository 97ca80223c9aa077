-- api.cancel_withdrawal_for(): a service gives back, against proof if it was sent.

BEGIN;
SELECT plan(6);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'cancel_withdrawal_for', ARRAY['uuid', 'uuid', 'text']);
SELECT is(pg_temp.who_may_execute('api.cancel_withdrawal_for(uuid,uuid,text)'), ARRAY['service_role'], 'nobody else may call it');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:1') ->> 'id' AS id \gset
SELECT is(
    pg_temp.let_in(format('SELECT api.cancel_withdrawal_for(%L, %L)', :'alice', :'id')), ARRAY['service_role'],
    'not Alice, whose it is'
);
SET LOCAL ROLE service_role;
SELECT api.send_withdrawal(:'id') ->> 'status' AS status \gset
SELECT throws_ok(
    format('SELECT api.cancel_withdrawal_for(%L, %L)', :'alice', :'id'), 'TR402',
    'the withdrawal was sent and may have arrived', 'not without proof'
);
SELECT is(
    api.cancel_withdrawal_for(user_id => :'alice', transfer_id => :'id', proof => 'returned') ->> 'status', 'failed',
    'but with it'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
