-- portfolio.request_withdrawal(): who is signed in asks for their own money.

BEGIN;
SELECT plan(11);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'request_withdrawal', ARRAY['text', 'numeric', 'text', 'text']);
SELECT function_owner_is(
    'portfolio', 'request_withdrawal', ARRAY['text', 'numeric', 'text', 'text'], 'tradebase_kernel'
);
PREPARE request(numeric, text, text) AS SELECT portfolio.request_withdrawal('T1USD', $1, $2, $3);
SELECT is(
    pg_temp.who_may_execute('portfolio.request_withdrawal(text,numeric,text,text)'), ARRAY['authenticated'],
    'only who is signed in may'
);
SELECT is(pg_temp.let_in($$ EXECUTE request(10, 'k', NULL) $$), ARRAY['authenticated'], 'a service says for whom');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok($$ EXECUTE request(10, 'k', NULL) $$, 'TR010', 'invalid user_id', 'nobody is signed in without claims');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT throws_ok($$ EXECUTE request(10, 'k', NULL) $$, 'TR012', 'unknown user', 'nor is a stranger known');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(
    (SELECT d - ARRAY['id', 'created_at', 'write_token'] FROM portfolio.request_withdrawal('T1USD', 10, 'k', 'iban-1') AS d),
    jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "to_user_id": null, "asset": "T1USD", "kind": "withdrawal",
        "status": "pending", "amount": "10", "fee": "0.25", "idempotency_key": "k", "destination": "iban-1",
        "external_ref": null, "sent_at": null, "completed_at": null, "replayed": false
    }',
    'Alice asks for hers, every argument in its place'
);
SELECT throws_ok(
    $$ EXECUTE request(90, 'l', NULL) $$, 'TR101', 'insufficient available balance', 'and not for more than she has'
);
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT lives_ok($$ EXECUTE request(5, 'k', NULL) $$, 'Bob for his, without a destination');
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '90', '10.25', 2::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '1.75', '5.25', 2) $$,
    'each holds their own'
);
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
