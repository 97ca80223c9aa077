-- api.transfer(): I send money to another user.

BEGIN;
SELECT plan(6);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'transfer', ARRAY['uuid', 'text', 'numeric', 'text']);
SELECT is(pg_temp.who_may_execute('api.transfer(uuid,text,numeric,text)'), ARRAY['authenticated'], 'nobody else may call it');
SELECT is(
    pg_temp.let_in(format('SELECT api.transfer(%L, %L, 1, %L)', :'bob', 'T1USD', 'k')), ARRAY['authenticated'],
    'not even a service'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(
    (SELECT ARRAY[d ->> 'user_id', d ->> 'to_user_id', d ->> 'asset', d ->> 'amount', d ->> 'idempotency_key']
     FROM api.transfer(to_user_id => :'bob', asset => 'T1USD', amount => '3.5', idempotency_key => 'k') AS d),
    ARRAY[:'alice', :'bob', 'T1USD', '3.5', 'k'], 'every argument arrives where it belongs'
);
SELECT throws_ok(
    format('SELECT api.transfer(%L, %L, 1, %L)', :'alice', 'T1USD', 'l'), 'TR010', 'invalid to_user_id', 'not to myself'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
