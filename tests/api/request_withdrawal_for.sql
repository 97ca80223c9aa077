-- api.request_withdrawal_for(): a service asks for the user it names.

BEGIN;
SELECT plan(6);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'request_withdrawal_for', ARRAY['uuid', 'text', 'numeric', 'text', 'text']);
SELECT is(pg_temp.who_may_execute('api.request_withdrawal_for(uuid,text,numeric,text,text)'), ARRAY['service_role'], 'nobody else may call it');
SELECT is(
    pg_temp.let_in(format('SELECT api.request_withdrawal_for(%L, %L, 10, %L)', :'alice', 'T1USD', 'k')),
    ARRAY['service_role'], 'not Alice herself'
);
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'user_id', d ->> 'asset', d ->> 'amount', d ->> 'idempotency_key', d ->> 'destination']
     FROM api.request_withdrawal_for(
         user_id => :'bob', asset => 'T1USD', amount => '6.5', idempotency_key => 'k', destination => 'iban-1'
     ) AS d),
    ARRAY[:'bob', 'T1USD', '6.5', 'k', 'iban-1'], 'every argument arrives where it belongs'
);
SELECT throws_ok(
    format('SELECT api.request_withdrawal_for(%L, %L, 10, %L)', :'bob', 'T1USD', 'l'), 'TR101',
    'insufficient available balance', 'more than he has is refused'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
