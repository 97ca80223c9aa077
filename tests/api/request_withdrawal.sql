-- api.request_withdrawal(): I ask for my money; answers and errors come through unchanged.

BEGIN;
SELECT plan(7);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'request_withdrawal', ARRAY['text', 'numeric', 'text', 'text']);
SELECT is(pg_temp.who_may_execute('api.request_withdrawal(text,numeric,text,text)'), ARRAY['authenticated'], 'nobody else may call it');
SELECT is(
    pg_temp.let_in($$ SELECT api.request_withdrawal('T1USD', 10, 'k') $$), ARRAY['authenticated'], 'not even a service'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(
    (SELECT ARRAY[d ->> 'user_id', d ->> 'asset', d ->> 'amount', d ->> 'idempotency_key', d ->> 'destination']
     FROM api.request_withdrawal(
         asset => 'T1USD', amount => '10.5', idempotency_key => 'k', destination => 'iban-1'
     ) AS d),
    ARRAY[:'alice', 'T1USD', '10.5', 'k', 'iban-1'], 'every argument arrives where it belongs'
);
SELECT throws_ok($$ SELECT api.request_withdrawal('T1USD', 'NaN', 'l') $$, 'TR010', 'invalid amount', 'NaN is refused');
SELECT results_eq(
    $$ SELECT available::text, held::text FROM api.balances WHERE asset = 'T1USD' $$, $$ VALUES ('89.50', '10.75') $$,
    'and is held'
);
RESET ROLE;
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
