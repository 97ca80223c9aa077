-- api.balance_at(): what I had of an asset at a time.

BEGIN;
SELECT plan(9);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('api', 'balance_at', ARRAY['text', 'timestamp with time zone']);
SELECT is(pg_temp.who_may_execute('api.balance_at(text,timestamptz)'), ARRAY['authenticated'], 'nobody else may call it');
SELECT is(pg_temp.let_in($$ SELECT api.balance_at('T1USD', now()) $$), ARRAY['authenticated'], 'not even a service');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(
    api.balance_at(asset => 'T1USD', at => 'infinity') - 'at',
    '{"asset": "T1USD", "available": "100.25", "held": "0", "version": 1}', 'Alice has her deposit'
);
SELECT is(api.balance_at('T1USD', now() - INTERVAL '1 day') ->> 'available', '0', 'and had nothing yesterday');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT is(api.balance_at('T1USD', 'infinity') ->> 'available', '7', 'Bob has his');
SELECT throws_ok($$ SELECT api.balance_at('T1NIL', 'infinity') $$, 'TR011', 'unknown asset', 'an unknown asset is named');
SELECT throws_ok($$ SELECT api.balance_at('T1USD', NULL) $$, 'TR010', 'invalid at', 'a time is needed');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok($$ SELECT api.balance_at('T1USD', 'infinity') $$, 'TR010', 'invalid user_id', 'nobody had nothing');
RESET ROLE;

SELECT finish();
ROLLBACK;
