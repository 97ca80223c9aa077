-- api.transfer_for(): a service sends a user's money.

BEGIN;
SELECT plan(6);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'transfer_for', ARRAY['uuid', 'uuid', 'text', 'numeric', 'text']);
SELECT is(pg_temp.who_may_execute('api.transfer_for(uuid,uuid,text,numeric,text)'), ARRAY['service_role'], 'nobody else may call it');
SELECT is(
    pg_temp.let_in(format('SELECT api.transfer_for(%L, %L, %L, 1, %L)', :'alice', :'bob', 'T1USD', 'k')),
    ARRAY['service_role'], 'not Alice herself'
);
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'user_id', d ->> 'to_user_id', d ->> 'asset', d ->> 'amount', d ->> 'idempotency_key']
     FROM api.transfer_for(
         user_id => :'bob', to_user_id => :'alice', asset => 'T1USD', amount => '3.5', idempotency_key => 'k'
     ) AS d),
    ARRAY[:'bob', :'alice', 'T1USD', '3.5', 'k'], 'every argument arrives where it belongs'
);
SELECT throws_ok(
    format('SELECT api.transfer_for(%L, %L, %L, 4, %L)', :'bob', :'alice', 'T1USD', 'l'), 'TR101',
    'insufficient available balance', 'more than he has is refused'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
