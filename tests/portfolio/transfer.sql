-- portfolio.transfer(): who is signed in sends their own money; the receiver sees it, and no key.

BEGIN;
SELECT plan(12);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'transfer', ARRAY['uuid', 'text', 'numeric', 'text']);
SELECT function_owner_is('portfolio', 'transfer', ARRAY['uuid', 'text', 'numeric', 'text'], 'tradebase_kernel');
PREPARE send(uuid, numeric, text) AS SELECT portfolio.transfer($1, 'T1USD', $2, $3);
SELECT is(
    pg_temp.who_may_execute('portfolio.transfer(uuid,text,numeric,text)'), ARRAY['authenticated'],
    'only who is signed in may'
);
SELECT is(
    pg_temp.let_in(format('EXECUTE send(%L, 1, %L)', :'bob', 'k')), ARRAY['authenticated'], 'a service says for whom'
);

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok(
    format('EXECUTE send(%L, 1, %L)', :'bob', 'k'), 'TR010', 'invalid user_id', 'nobody sends nothing'
);
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(
    format('EXECUTE send(%L, 1, %L)', :'alice', 'k'), 'TR010', 'invalid to_user_id', 'Alice does not send to herself'
);
SELECT throws_ok(
    format('EXECUTE send(%L, 101, %L)', :'bob', 'k'), 'TR101', 'insufficient available balance', 'nor more than she has'
);
SELECT is(
    (SELECT ARRAY[d ->> 'user_id', d ->> 'to_user_id', d ->> 'amount', d ->> 'idempotency_key']
     FROM portfolio.transfer(:'bob', 'T1USD', 3, 'k') AS d),
    ARRAY[:'alice', :'bob', '3', 'k'], 'she sends to Bob, every argument in its place'
);
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    $$ SELECT is_sender, amount::text, status FROM api.transfers WHERE kind = 'internal' $$,
    $$ VALUES (FALSE, '3', 'completed') $$, 'Bob sees what reached him'
);
SELECT lives_ok(format('EXECUTE send(%L, 10, %L)', :'alice', 'k'), 'and sends back, with a key of his own');
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '107.25', '0', 3::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '0', '0', 3) $$,
    'each gave their own'
);
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
