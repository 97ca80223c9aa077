-- portfolio.transfer_for(): from one user to another in one journal, once per key, and no oracle of who exists.

BEGIN;
SELECT plan(43);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'transfer_for', ARRAY['uuid', 'uuid', 'text', 'numeric', 'text']);
SELECT function_owner_is(
    'portfolio', 'transfer_for', ARRAY['uuid', 'uuid', 'text', 'numeric', 'text'], 'tradebase_kernel'
);
PREPARE send(uuid, numeric, text) AS SELECT portfolio.transfer_for(:'alice', $1, 'T1USD', $2, $3);
PREPARE bob_gets(numeric, text) AS SELECT portfolio.transfer_for(:'alice', :'bob', 'T1USD', $1, $2);
PREPARE of_asset(text) AS SELECT portfolio.transfer_for(:'alice', :'bob', $1, 1, 'free');
PREPARE by(uuid) AS SELECT portfolio.transfer_for($1, :'bob', 'T1USD', 1, 'free');
SELECT is(
    pg_temp.who_may_execute('portfolio.transfer_for(uuid,uuid,text,numeric,text)'), ARRAY['service_role'],
    'only a service may'
);
SELECT is(
    pg_temp.let_in($$ EXECUTE bob_gets(10, 'k') $$), ARRAY['service_role'],
    'nobody off the street, not Alice, no engine, no staff'
);

-- Bad input
SELECT pg_temp.money() AS before \gset
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('EXECUTE send(%L, 1, %L)', :'alice', 'free'), 'TR010', 'invalid to_user_id', 'nobody sends to themself'
);
SELECT throws_ok($$ EXECUTE send(NULL, 1, 'free') $$, 'TR010', 'invalid to_user_id', 'nor to nobody');
SELECT throws_ok('EXECUTE by(NULL)', 'TR010', 'invalid user_id', 'nobody sends nothing');
SELECT throws_ok($$ EXECUTE bob_gets('NaN', 'free') $$, 'TR010', 'invalid amount', 'NaN is not an amount');
SELECT throws_ok($$ EXECUTE bob_gets('Infinity', 'free') $$, 'TR010', 'invalid amount', 'nor Infinity');
SELECT throws_ok($$ EXECUTE bob_gets('-Infinity', 'free') $$, 'TR010', 'invalid amount', 'nor -Infinity');
SELECT throws_ok($$ EXECUTE bob_gets(0, 'free') $$, 'TR010', 'invalid amount', 'nothing is not sent');
SELECT throws_ok($$ EXECUTE bob_gets(-1, 'free') $$, 'TR010', 'invalid amount', 'nor taken');
SELECT throws_ok($$ EXECUTE bob_gets(NULL, 'free') $$, 'TR010', 'invalid amount', 'an amount is needed');
SELECT throws_ok($$ EXECUTE bob_gets(1e131071, 'free') $$, 'TR010', 'invalid amount', 'the largest number is none');
SELECT throws_ok($$ EXECUTE bob_gets(0.001, 'free') $$, 'TR010', 'invalid amount', 'cents have two decimals');
SELECT throws_ok($$ EXECUTE bob_gets(1, 'a key') $$, 'TR010', 'invalid idempotency_key', 'a key has no blank');
SELECT throws_ok($$ EXECUTE bob_gets(1, NULL) $$, 'TR010', 'invalid idempotency_key', 'and there is one');
SELECT throws_ok($$ EXECUTE of_asset('T1NIL') $$, 'TR011', 'unknown asset', 'an unknown asset is named');
SELECT throws_ok(
    $$ EXECUTE by('cccccccc-0000-4000-8000-00000000000c') $$, 'TR012', 'unknown user', 'so is an unknown sender'
);
SELECT throws_ok(
    $$ EXECUTE by('00000000-0000-7000-8000-000000000001') $$, 'TR012', 'unknown user', 'the platform sends nothing'
);
SELECT throws_ok(
    $$ EXECUTE bob_gets(100.26, 'free') $$, 'TR101', 'insufficient available balance', 'nobody sends more than is there'
);
SELECT throws_ok(
    $$ EXECUTE of_asset('T1OLD') $$, 'TR101', 'insufficient available balance', 'or what they never had'
);
SELECT throws_ok(
    $$ EXECUTE bob_gets(1, 'alice:1') $$, 'TR401', 'idempotency_key was used for another transfer', 'nor by a deposit''s key'
);

-- Who exists is told only to who could pay, and nothing of them.
SELECT throws_ok(
    $$ EXECUTE send('cccccccc-0000-4000-8000-00000000000c', 100.26, 'free') $$, 'TR101', NULL,
    'who cannot pay learns of nobody whether they exist'
);
SELECT throws_ok(
    $$ EXECUTE send('cccccccc-0000-4000-8000-00000000000c', 1, 'free') $$, 'TR012', 'unknown user', 'a stranger is unknown'
);
SELECT throws_ok(
    $$ EXECUTE send('00000000-0000-7000-8000-000000000002', 1, 'free') $$, 'TR012', 'unknown user',
    'so is an account of the platform'
);
RESET ROLE;
UPDATE identity.users SET status = 'closed' WHERE id = :'bob';
SELECT throws_ok($$ EXECUTE bob_gets(1, 'free') $$, 'TR012', 'unknown user', 'and a closed account');
SELECT is(
    pg_temp.detail_of($$ EXECUTE bob_gets(1, 'free') $$),
    pg_temp.detail_of($$ EXECUTE send('cccccccc-0000-4000-8000-00000000000c', 1, 'free') $$),
    'in the same words'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE bob_gets(1, 'free') $$), '{"argument": "to_user_id"}', 'which name the argument'
);
UPDATE identity.users SET status = 'active' WHERE id = :'bob';
UPDATE identity.users SET status = 'restricted' WHERE id = :'alice';
SELECT throws_ok($$ EXECUTE bob_gets(1, 'free') $$, 'TR008', 'the user may not send', 'who is restricted sends nothing');
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SELECT throws_ok($$ EXECUTE bob_gets(1, 'free') $$, 'TR008', 'the user may not send', 'nor who is suspended');
SELECT is(pg_temp.detail_of($$ EXECUTE bob_gets(1, 'free') $$), '{"status": "suspended"}', 'as the detail says');
UPDATE identity.users SET status = 'active' WHERE id = :'alice';
UPDATE market.assets SET status = 'disabled' WHERE id = :t1usd;
SELECT throws_ok(
    $$ EXECUTE bob_gets(1, 'free') $$, 'TR007', 'the asset takes no transfers', 'a disabled asset stays where it is'
);
UPDATE market.assets SET status = 'withdraw_only' WHERE id = :t1usd;
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');

-- Sent
UPDATE identity.users SET status = 'suspended' WHERE id = :'bob';
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT d - ARRAY['id', 'created_at', 'completed_at', 'write_token']
     FROM portfolio.transfer_for(:'alice', :'bob', 'T1USD', 40.250, 'free') AS d),
    jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "to_user_id": "bbbbbbbb-0000-4000-8000-00000000000b",
        "asset": "T1USD", "kind": "internal", "status": "completed", "amount": "40.25", "fee": "0",
        "idempotency_key": "free", "destination": null, "external_ref": null, "sent_at": null, "replayed": false
    }',
    'the answer is the transfer, done, under the key that was refused; for a suspended user it waits'
);
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '60', '0', 2::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '47.25', '0', 2) $$,
    'one has it less, the other more'
);
SELECT results_eq(
    'entries',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'transfer', '-40.25', '0'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'transfer', '40.25', '0') $$,
    'in one journal of two entries'
);

-- Again
SELECT pg_temp.money() AS sent \gset
UPDATE identity.users SET status = 'closed' WHERE id IN (:'alice', :'bob');
UPDATE market.assets SET status = 'disabled' WHERE id = :t1usd;
SET LOCAL ROLE service_role;
SELECT is(
    portfolio.transfer_for(:'alice', :'bob', 'T1USD', 40.25, 'free') -> 'replayed', 'true',
    'the same again is answered with the first, whatever has changed'
);
SELECT throws_ok(
    $$ EXECUTE bob_gets(40.26, 'free') $$, 'TR401', 'idempotency_key was used for another transfer', 'another amount'
);
SELECT throws_ok(
    $$ EXECUTE send('cccccccc-0000-4000-8000-00000000000c', 40.25, 'free') $$, 'TR401',
    'idempotency_key was used for another transfer', 'or another receiver is another transfer'
);
RESET ROLE;
SELECT is(pg_temp.money(), :'sent', 'none of it moved anything');
SELECT is_empty('platforms_balances', 'the platform has no balance');
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
