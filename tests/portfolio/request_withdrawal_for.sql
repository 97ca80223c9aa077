-- portfolio.request_withdrawal_for(): what is to go out is held, with its fee, once per key; bad input holds nothing.

BEGIN;
SELECT plan(55);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'request_withdrawal_for', ARRAY['uuid', 'text', 'numeric', 'text', 'text']);
SELECT function_owner_is(
    'portfolio', 'request_withdrawal_for', ARRAY['uuid', 'text', 'numeric', 'text', 'text'], 'tradebase_kernel'
);

PREPARE request(uuid, text, numeric, text, text) AS SELECT portfolio.request_withdrawal_for($1, $2, $3, $4, $5);
PREPARE alice_takes(numeric, text) AS SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', $1, $2, 'iban-1');
PREPARE keyed(text) AS SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, $1);
PREPARE to_destination(text) AS SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'free', $1);
PREPARE of_asset(text) AS SELECT portfolio.request_withdrawal_for(:'alice', $1, 10, 'free');
PREPARE by(uuid) AS SELECT portfolio.request_withdrawal_for($1, 'T1USD', 6, 'free');
PREPARE answer AS
SELECT d - 'id' - 'created_at' - 'idempotency_key' - 'write_token'
FROM portfolio.request_withdrawal_for(:'alice', 'T1USD', 60.10, 'out:1', 'iban-1') AS d;

-- Who may
SELECT is(
    pg_temp.who_may_execute('portfolio.request_withdrawal_for(uuid,text,numeric,text,text)'), ARRAY['service_role'],
    'only a service may'
);
SELECT is(
    pg_temp.let_in($$ EXECUTE alice_takes(10, 'k') $$), ARRAY['service_role'],
    'nobody off the street, not Alice, no engine, no staff'
);

-- Bad input
SELECT pg_temp.money() AS before \gset
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE alice_takes('NaN', 'free') $$, 'TR010', 'invalid amount', 'NaN is not an amount');
SELECT throws_ok($$ EXECUTE alice_takes('Infinity', 'free') $$, 'TR010', 'invalid amount', 'nor Infinity');
SELECT throws_ok($$ EXECUTE alice_takes('-Infinity', 'free') $$, 'TR010', 'invalid amount', 'nor -Infinity');
SELECT throws_ok($$ EXECUTE alice_takes(0, 'free') $$, 'TR010', 'invalid amount', 'nothing is not withdrawn');
SELECT throws_ok($$ EXECUTE alice_takes(-10, 'free') $$, 'TR010', 'invalid amount', 'nor less');
SELECT throws_ok($$ EXECUTE alice_takes(NULL, 'free') $$, 'TR010', 'invalid amount', 'an amount is needed');
SELECT throws_ok($$ EXECUTE alice_takes(1e20, 'free') $$, 'TR010', 'invalid amount', 'one below 1e20');
SELECT throws_ok($$ EXECUTE alice_takes(1e131071, 'free') $$, 'TR010', 'invalid amount', 'the largest number is none');
SELECT throws_ok($$ EXECUTE alice_takes(1e131072, 'free') $$, '22003', NULL, 'a larger one is no number');
SELECT throws_ok($$ EXECUTE alice_takes(10.001, 'free') $$, 'TR010', 'invalid amount', 'cents have two decimals');
SELECT throws_ok($$ EXECUTE alice_takes(4.99, 'free') $$, 'TR010', 'invalid amount', 'less than the least is not sent');
SELECT throws_ok($$ EXECUTE keyed('') $$, 'TR010', 'invalid idempotency_key', 'a key is not empty');
SELECT throws_ok($$ EXECUTE keyed(NULL) $$, 'TR010', 'invalid idempotency_key', 'and there is one');
SELECT throws_ok($$ EXECUTE keyed('a key') $$, 'TR010', 'invalid idempotency_key', 'without a blank');
SELECT throws_ok($$ EXECUTE to_destination('') $$, 'TR010', 'invalid destination', 'a destination is not empty');
SELECT throws_ok($$ EXECUTE to_destination('a b') $$, 'TR010', 'invalid destination', 'has no blank');
SELECT throws_ok(
    $$ EXECUTE to_destination(repeat('x', 201)) $$, 'TR010', 'invalid destination', 'and at most 200 characters'
);
SELECT throws_ok($$ EXECUTE of_asset('T1NIL') $$, 'TR011', 'unknown asset', 'an unknown asset is named');
SELECT throws_ok('EXECUTE of_asset(NULL)', 'TR010', 'invalid asset', 'an asset is needed');
SELECT throws_ok('EXECUTE by(NULL)', 'TR010', 'invalid user_id', 'so is a user');
SELECT throws_ok(
    $$ EXECUTE by('cccccccc-0000-4000-8000-00000000000c') $$, 'TR012', 'unknown user', 'whom somebody knows'
);
SELECT throws_ok(
    $$ EXECUTE by('00000000-0000-7000-8000-000000000001') $$, 'TR012', 'unknown user', 'the platform withdraws nothing'
);
SELECT throws_ok(
    $$ EXECUTE alice_takes(100.01, 'free') $$, 'TR101', 'insufficient available balance', 'what is there and the fee'
);
SELECT throws_ok(
    $$ EXECUTE alice_takes(99999999999999999999.99, 'free') $$, 'TR010', NULL, 'with the fee it reached 1e20'
);
SELECT throws_ok($$ EXECUTE keyed('alice:1') $$, 'TR401', 'idempotency_key was used for another transfer', 'a deposit''s');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_takes(4.99, 'free') $$), '{"argument": "amount", "expected": "at least 5"}',
    'the detail says how much it takes'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_takes(10.001, 'free') $$),
    '{"argument": "amount", "expected": "at most 2 decimals"}', 'how many decimals'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_takes(100.01, 'free') $$),
    '{"asset": "T1USD", "needed": "100.26", "available": "100.25"}', 'and how much is missing'
);

-- States
UPDATE identity.users SET status = 'restricted' WHERE id = :'bob';
SELECT throws_ok(
    format('EXECUTE by(%L)', :'bob'), 'TR008', 'the user may not withdraw', 'who is restricted only closes positions'
);
UPDATE identity.users SET status = 'suspended' WHERE id = :'bob';
SELECT throws_ok(format('EXECUTE by(%L)', :'bob'), 'TR008', 'the user may not withdraw', 'who is suspended does nothing');
UPDATE identity.users SET status = 'closed' WHERE id = :'bob';
SELECT throws_ok(format('EXECUTE by(%L)', :'bob'), 'TR008', 'the user may not withdraw', 'nor who is closed');
SELECT is(pg_temp.detail_of(format('EXECUTE by(%L)', :'bob')), '{"status": "closed"}', 'the detail says what they are');
UPDATE identity.users SET status = 'active' WHERE id = :'bob';
UPDATE market.assets SET status = 'disabled' WHERE id = :t1usd;
SELECT throws_ok(
    $$ EXECUTE alice_takes(10, 'free') $$, 'TR007', 'the asset takes no withdrawals', 'a disabled asset stays'
);
UPDATE market.assets SET status = 'deposit_only' WHERE id = :t1usd;
SELECT throws_ok(
    $$ EXECUTE alice_takes(10, 'free') $$, 'TR007', 'the asset takes no withdrawals', 'so does one that only comes'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_takes(10, 'free') $$), '{"asset": "T1USD", "status": "deposit_only"}',
    'which the detail says'
);
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');

-- Held
UPDATE market.assets SET status = 'withdraw_only' WHERE id = :t1usd;
SET LOCAL ROLE service_role;
SELECT results_eq(
    'answer',
    $$ VALUES (jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "to_user_id": null, "asset": "T1USD", "kind": "withdrawal",
        "status": "pending", "amount": "60.1", "fee": "0.25", "destination": "iban-1", "external_ref": null,
        "sent_at": null, "completed_at": null, "replayed": false
    }') $$,
    'the answer is the transfer, pending, of an asset that only leaves, too'
);
SELECT lives_ok($$ EXECUTE alice_takes(5, 'free') $$, 'the key of what was refused is free, and the least is enough');
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '34.65', '65.6', 3::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '7', '0', 1) $$,
    'amount and fee are held'
);
SELECT results_eq(
    'entries',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'withdrawal_hold', '-60.35', '60.35'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'withdrawal_hold', '-5.25', '5.25') $$,
    'in one entry each'
);
SELECT results_eq(
    $$ SELECT count(*) FROM portfolio.ledger_entries AS l JOIN portfolio.transfers AS t
       ON t.id = l.ref_id AND t.id = l.journal_id
       WHERE l.reason = 'withdrawal_hold' AND t.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY[2::bigint], 'that leads to its transfer'
);

-- Sent again
SELECT pg_temp.money() AS held \gset
UPDATE market.assets SET status = 'active', withdraw_fee = 9, withdraw_min = 70 WHERE id = :t1usd;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'fee', d ->> 'replayed']
     FROM portfolio.request_withdrawal_for(:'alice', 'T1USD', 60.1, 'out:1', 'iban-1') AS d),
    ARRAY['pending', '0.25', 'true'], 'the same request is answered with the first, its fee too, whatever has changed'
);
SELECT throws_ok(
    $$ EXECUTE alice_takes(60.2, 'out:1') $$, 'TR401', 'idempotency_key was used for another transfer', 'another amount'
);
SELECT throws_ok(
    format('EXECUTE request(%L, %L, 60.1, %L, %L)', :'alice', 'T1USD', 'out:1', 'iban-2'), 'TR401',
    'idempotency_key was used for another transfer', 'another destination'
);
SELECT throws_ok(
    format('EXECUTE request(%L, %L, 60.1, %L, NULL)', :'alice', 'T1USD', 'out:1'), 'TR401',
    'idempotency_key was used for another transfer', 'none'
);
SELECT throws_ok(
    format('EXECUTE request(%L, %L, 60.1, %L, %L)', :'alice', 'T1BTC', 'out:1', 'iban-1'), 'TR401',
    'idempotency_key was used for another transfer', 'or another asset is another request'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_takes(60.2, 'out:1') $$), '{"argument": "idempotency_key"}',
    'the detail names the key'
);
SELECT is(pg_temp.money(), :'held', 'none of it moved anything');
UPDATE market.assets SET withdraw_fee = 0.25, withdraw_min = 5 WHERE id = :t1usd;
SELECT is(
    portfolio.request_withdrawal_for(:'bob', 'T1USD', 6.75, 'out:1') -> 'replayed', 'false',
    'Bob''s keys are his own, and he may take all he has'
);
SELECT is_empty('platforms_balances', 'the platform has no balance');
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
