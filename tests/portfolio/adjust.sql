-- portfolio.adjust(): an operator corrects a balance, with a reason and a name, once per key, and never below zero.

BEGIN;
SELECT plan(42);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'adjust', ARRAY['uuid', 'text', 'numeric', 'text', 'text']);
SELECT function_owner_is('portfolio', 'adjust', ARRAY['uuid', 'text', 'numeric', 'text', 'text'], 'tradebase_kernel');
PREPARE correct(numeric, text, text) AS SELECT portfolio.adjust(:'alice', 'T1USD', $1, $2, $3);
PREPARE by_amount(numeric) AS SELECT portfolio.adjust(:'alice', 'T1USD', $1, 'wrong rate', 'fix:1');
PREPARE of_user(uuid) AS SELECT portfolio.adjust($1, 'T1USD', 1, 'wrong rate', 'fix:1');
SELECT is(
    pg_temp.who_may_execute('portfolio.adjust(uuid,text,numeric,text,text)'), ARRAY['tradebase_operator'],
    'only an operator may'
);
SELECT is(
    pg_temp.let_in('EXECUTE by_amount(1)'), ARRAY['tradebase_operator'],
    'nobody off the street, not Alice, no service, no engine'
);

-- Bad input
SELECT pg_temp.money() AS before \gset
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE correct(1, NULL, 'fix:1') $$, 'TR010', 'invalid reason', 'without a reason nothing is corrected');
SELECT throws_ok($$ EXECUTE correct(1, '', 'fix:1') $$, 'TR010', 'invalid reason', 'nor with an empty one');
SELECT throws_ok($$ EXECUTE correct(1, '   ', 'fix:1') $$, 'TR010', 'invalid reason', 'or a blank one');
SELECT throws_ok($$ EXECUTE correct(1, E'\t\n', 'fix:1') $$, 'TR010', 'invalid reason', 'or one that no eye sees');
SELECT throws_ok($$ EXECUTE correct(1, repeat('x', 1001), 'fix:1') $$, 'TR010', 'invalid reason', 'or a flood of words');
SELECT throws_ok($$ EXECUTE by_amount('NaN') $$, 'TR010', 'invalid amount', 'NaN is not an amount');
SELECT throws_ok($$ EXECUTE by_amount('Infinity') $$, 'TR010', 'invalid amount', 'nor Infinity');
SELECT throws_ok($$ EXECUTE by_amount('-Infinity') $$, 'TR010', 'invalid amount', 'nor -Infinity');
SELECT throws_ok('EXECUTE by_amount(0)', 'TR010', 'invalid amount', 'nothing is no correction');
SELECT throws_ok('EXECUTE by_amount(NULL)', 'TR010', 'invalid amount', 'an amount is needed');
SELECT throws_ok('EXECUTE by_amount(1e131071)', 'TR010', 'invalid amount', 'the largest number is none');
SELECT throws_ok('EXECUTE by_amount(-1e20)', 'TR010', 'invalid amount', 'nor its like below');
SELECT throws_ok('EXECUTE by_amount(-0.001)', 'TR010', 'invalid amount', 'cents have two decimals');
SELECT throws_ok($$ EXECUTE correct(1, 'why', 'a key') $$, 'TR010', 'invalid idempotency_key', 'a key has no blank');
SELECT throws_ok($$ EXECUTE correct(1, 'why', NULL) $$, 'TR010', 'invalid idempotency_key', 'and there is one');
SELECT throws_ok('EXECUTE of_user(NULL)', 'TR010', 'invalid user_id', 'a user is needed');
SELECT throws_ok(
    $$ EXECUTE of_user('cccccccc-0000-4000-8000-00000000000c') $$, 'TR012', 'unknown user', 'whom somebody knows'
);
SELECT throws_ok(
    $$ EXECUTE of_user('00000000-0000-7000-8000-000000000001') $$, 'TR012', 'unknown user',
    'the platform''s own accounts are not corrected'
);
SELECT throws_ok(
    format('SELECT portfolio.adjust(%L, %L, 1, %L, %L)', :'alice', 'T1NIL', 'why', 'fix:1'), 'TR011', 'unknown asset',
    'an asset is known'
);
SELECT throws_ok(
    'EXECUTE by_amount(-100.26)', 'TR101', 'insufficient available balance', 'nobody is left with less than nothing'
);
SELECT throws_ok(
    $$ EXECUTE correct(1, 'why', 'alice:1') $$, 'TR401', 'idempotency_key was used for another transfer',
    'the key of a deposit does not correct'
);
SELECT throws_ok('SELECT * FROM portfolio.balances', '42501', NULL, 'an operator reads no balance');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE correct(1, NULL, 'fix:1') $$),
    '{"argument": "reason", "expected": "1 to 1000 characters that say why"}', 'the detail asks why'
);
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');

-- Corrected
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SET LOCAL ROLE tradebase_operator;
SELECT is(
    (SELECT d - ARRAY['id', 'created_at', 'completed_at', 'write_token']
     FROM portfolio.adjust(:'alice', 'T1USD', -100.250, 'paid out twice', 'fix:1') AS d),
    jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "to_user_id": null, "asset": "T1USD", "kind": "adjustment",
        "status": "completed", "amount": "-100.25", "fee": "0", "idempotency_key": "fix:1", "destination": null,
        "external_ref": null, "sent_at": null, "replayed": false, "reason": "paid out twice"
    }',
    'the answer is the transfer, to the last cent'
);
RESET ROLE;
UPDATE identity.users SET status = 'closed' WHERE id = :'bob';
UPDATE market.assets SET status = 'disabled' WHERE id = :t1usd;
SET LOCAL ROLE tradebase_operator;
SELECT lives_ok(
    format('SELECT portfolio.adjust(%L, %L, 0.01, %L, %L)', :'bob', 'T1USD', 'rounding', 'fix:1'),
    'a closed account is corrected too, of a disabled asset'
);
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '0', '0', 2::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7.01', '0', 2) $$,
    'one has it less, one more'
);
SELECT results_eq(
    'entries',
    $$ VALUES
        ('00000000-0000-7000-8000-000000000003'::uuid, 'adjustment', '100.25', '0'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'adjustment', '-100.25', '0'),
        ('00000000-0000-7000-8000-000000000003', 'adjustment', '-0.01', '0'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'adjustment', '0.01', '0') $$,
    'against the platform''s account'
);
SELECT results_eq(
    $$ SELECT t.amount::text, t.reason, t.made_by ->> 'database_role', t.made_by ->> 'user_id',
           t.made_by ->> 'session_role' = session_user
       FROM portfolio.transfers AS t WHERE t.idempotency_key = 'fix:1'
       AND t.user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b')
       ORDER BY t.amount $$,
    $$ VALUES
        ('-100.250', 'paid out twice', 'tradebase_operator', 'bbbbbbbb-0000-4000-8000-00000000000b', TRUE),
        ('0.01', 'rounding', 'tradebase_operator', 'bbbbbbbb-0000-4000-8000-00000000000b', TRUE) $$,
    'why, and who it was, is written down'
);

-- Again
SELECT pg_temp.money() AS corrected \gset
SET LOCAL ROLE tradebase_operator;
SELECT is(
    portfolio.adjust(:'alice', 'T1USD', -100.25, 'paid out twice', 'fix:1') -> 'replayed', 'true',
    'the same again is answered with the first'
);
SELECT throws_ok(
    $$ EXECUTE correct(-100.25, 'another reason', 'fix:1') $$, 'TR401', 'idempotency_key was used for another transfer',
    'another reason'
);
SELECT throws_ok(
    $$ EXECUTE correct(100.25, 'paid out twice', 'fix:1') $$, 'TR401', 'idempotency_key was used for another transfer',
    'or another amount is another correction'
);
RESET ROLE;
SELECT is(pg_temp.money(), :'corrected', 'none of it moved anything');

-- What Alice sees of it
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    $$ SELECT amount::text, status FROM api.transfers WHERE kind = 'adjustment' $$,
    $$ VALUES ('-100.250', 'completed') $$, 'Alice sees that she was corrected'
);
SELECT throws_ok('SELECT reason FROM portfolio.transfers', '42501', NULL, 'not the words');
SELECT throws_ok('SELECT made_by FROM portfolio.transfers', '42501', NULL, 'nor by whom');
RESET ROLE;
SELECT is_empty('platforms_balances', 'the platform has no balance');
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
