-- portfolio.transfers: one row per request, with the time that its id carries, once per key and per external reference.

BEGIN;
SELECT plan(60);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql

SELECT columns_are('portfolio', 'transfers', ARRAY[
    'id', 'user_id', 'counterparty_user_id', 'asset_id', 'kind', 'status', 'amount', 'fee', 'idempotency_key',
    'destination', 'external_ref', 'reason', 'made_by', 'created_at', 'sent_at', 'completed_at'
]);
SELECT col_type_is('portfolio', 'transfers', 'amount', 'core', 'delta', 'an amount is signed');
SELECT col_type_is('portfolio', 'transfers', 'fee', 'core', 'amount', 'a fee is an amount');
SELECT col_type_is('portfolio', 'transfers', 'idempotency_key', 'core', 'client_key', 'the key is a client''s');
SELECT indexes_are('portfolio', 'transfers', ARRAY[
    'transfers_pkey', 'transfers_user_id_idempotency_key_key', 'transfers_deposit_external_ref_idx',
    'transfers_withdrawal_external_ref_idx', 'transfers_user_id_id_idx', 'transfers_counterparty_user_id_id_idx',
    'transfers_asset_id_idx'
]);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'portfolio.transfers'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY[
        'completed_at', 'counterparty_user_id', 'destination', 'external_ref', 'made_by', 'reason', 'sent_at'
    ],
    'nothing else may be unknown'
);

-- A completed deposit of 2019-03-05 10:00:00 UTC to Alice, but for what a test finds interesting about it.
CREATE FUNCTION pg_temp.transfer(
    idempotency_key text DEFAULT 'key-1', external_ref text DEFAULT NULL, kind text DEFAULT 'deposit',
    status text DEFAULT 'completed', amount numeric DEFAULT 10, fee numeric DEFAULT 0, counterparty text DEFAULT NULL,
    completed_at timestamptz DEFAULT '2019-03-05 10:00:00+00', created_at timestamptz DEFAULT '2019-03-05 10:00:00+00',
    id text DEFAULT NULL, asset text DEFAULT 'T1USD', asset_id integer DEFAULT NULL,
    user_id text DEFAULT 'aaaaaaaa-0000-4000-8000-00000000000a', destination text DEFAULT NULL,
    sent_at timestamptz DEFAULT NULL, reason text DEFAULT NULL, made_by jsonb DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO portfolio.transfers (
        id, user_id, counterparty_user_id, asset_id, kind, status, amount, fee, idempotency_key, external_ref,
        created_at, completed_at, destination, sent_at, reason, made_by
    )
    -- 0x01694d4bb100 milliseconds are 2019-03-05 10:00:00 UTC.
    SELECT
        coalesce(id, '01694d4b-b100-7000-8000-' || left(md5(user_id || idempotency_key), 12))::uuid, user_id::uuid,
        counterparty::uuid, coalesce(asset_id, (SELECT a.id FROM market.assets AS a WHERE a.code = asset)), kind,
        status, amount, fee, idempotency_key, external_ref, created_at, completed_at, transfer.destination,
        transfer.sent_at, transfer.reason, transfer.made_by
$$;
PREPARE transfers_of_both AS
SELECT user_id, idempotency_key::text, kind, amount::text FROM portfolio.transfers
WHERE user_id IN (:'alice', :'bob') ORDER BY user_id, idempotency_key COLLATE "C";

SELECT throws_ok($$ SELECT pg_temp.transfer(kind => 'gift') $$, '23514', NULL, 'a kind outside the list is refused');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(status => 'asleep', completed_at => NULL) $$, '23514', NULL,
    'a status outside the list is refused'
);
SELECT throws_ok('SELECT pg_temp.transfer(amount => 0)', '23514', NULL, 'something is transferred');
SELECT throws_ok('SELECT pg_temp.transfer(amount => -1)', '23514', NULL, 'not less than nothing');
SELECT throws_ok($$ SELECT pg_temp.transfer(amount => 'NaN') $$, '23514', NULL, 'NaN is not an amount');
SELECT throws_ok($$ SELECT pg_temp.transfer(amount => 'Infinity') $$, '23514', NULL, 'Infinity is not an amount');
SELECT throws_ok('SELECT pg_temp.transfer(amount => 1e20)', '23514', NULL, 'an amount is below 1e20');
SELECT throws_ok('SELECT pg_temp.transfer(amount => 1e-19)', '23514', NULL, 'an amount has at most 18 decimals');
SELECT throws_ok('SELECT pg_temp.transfer(fee => -0.01)', '23514', NULL, 'a fee is not negative');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(id => '01694d4b-b101-7000-8000-000000000001') $$, '23514', NULL,
    'an id made a millisecond later does not carry the time of the row'
);
SELECT throws_ok('SELECT pg_temp.transfer(completed_at => NULL)', '23514', NULL, 'what is completed was so at a time');
SELECT throws_ok($$ SELECT pg_temp.transfer(status => 'pending') $$, '23514', NULL, 'what is pending was not');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(completed_at => '2019-03-05 09:59:59+00') $$, '23514', NULL,
    'nothing ends before it begins'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'internal') $$, '23514', NULL, 'a transfer between users has a receiver'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(counterparty => 'bbbbbbbb-0000-4000-8000-00000000000b') $$, '23514', NULL,
    'no other kind has one'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'internal', counterparty => 'aaaaaaaa-0000-4000-8000-00000000000a') $$, '23514',
    NULL,
    'nobody sends to themself'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'internal', counterparty => 'cccccccc-0000-4000-8000-00000000000c') $$, '23503',
    NULL,
    'the receiver is a user'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(user_id => 'cccccccc-0000-4000-8000-00000000000c') $$, '23503', NULL, 'so is the sender'
);
SELECT throws_ok('SELECT pg_temp.transfer(asset_id => -1)', '23503', NULL, 'a transfer is of an asset');
SELECT throws_ok($$ SELECT pg_temp.transfer(idempotency_key => '') $$, '23514', NULL, 'a key is not empty');
SELECT throws_ok($$ SELECT pg_temp.transfer(idempotency_key => 'a key') $$, '23514', NULL, 'a key has no blank');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(idempotency_key => NULL, id => '01694d4b-b100-7000-8000-000000000001') $$, '23502', NULL,
    'there is one'
);
SELECT throws_ok($$ SELECT pg_temp.transfer(external_ref => '') $$, '23514', NULL, 'a reference is not empty');
SELECT throws_ok($$ SELECT pg_temp.transfer(external_ref => 'a b') $$, '23514', NULL, 'a reference has no blank');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(external_ref => repeat('x', 201)) $$, '23514', NULL,
    'a reference has at most 200 characters'
);
SELECT throws_ok('SELECT pg_temp.transfer(fee => 1)', '23514', NULL, 'only a withdrawal costs a fee');
SELECT throws_ok($$ SELECT pg_temp.transfer(destination => 'iban-1') $$, '23514', NULL, 'only it goes somewhere');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'withdrawal', status => 'pending', completed_at => NULL, destination => 'a b') $$,
    '23514', NULL, 'where has no blank'
);
PREPARE withdrawal(text, text, timestamptz, timestamptz, text) AS
SELECT pg_temp.transfer(
    'out-1', external_ref => $2, kind => 'withdrawal', status => $1, sent_at => $3, completed_at => $4, reason => $5
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('completed', 'w-1', NULL, '2019-03-05 11:00:00+00', NULL) $$, '23514', NULL,
    'what was not sent has not arrived'
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('completed', NULL, '2019-03-05 10:30:00+00', '2019-03-05 11:00:00+00', NULL) $$, '23514', NULL,
    'nor what nobody has a name for'
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('canceled', NULL, '2019-03-05 10:30:00+00', NULL, NULL) $$, '23514', NULL,
    'what was sent is not canceled'
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('failed', NULL, '2019-03-05 10:30:00+00', NULL, NULL) $$, '23514', NULL,
    'and fails for a reason'
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('failed', NULL, NULL, NULL, 'returned') $$, '23514', NULL, 'nor can fail what was not sent'
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('pending', NULL, '2019-03-05 09:00:00+00', NULL, NULL) $$, '23514', NULL,
    'nothing is sent before it is asked for'
);
SELECT throws_ok(
    $$ EXECUTE withdrawal('pending', NULL, NULL, NULL, 'why') $$, '23514', NULL, 'there is no other reason'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(sent_at => '2019-03-05 10:30:00+00') $$, '23514', NULL, 'a deposit is not sent'
);
SELECT throws_ok($$ SELECT pg_temp.transfer(made_by => '{}') $$, '23514', NULL, 'and made by nobody here');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'adjustment', made_by => '{}') $$, '23514', NULL, 'a correction has a reason'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'adjustment', reason => 'why') $$, '23514', NULL, 'and somebody who made it'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(
        kind => 'adjustment', reason => 'why', made_by => jsonb_build_object('user_id', repeat('x', 1000))
    ) $$, '23514', NULL, 'whose name has an end'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'adjustment', reason => '', made_by => '{}') $$, '23514', NULL, 'in words'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'adjustment', reason => E'\t\n', made_by => '{}') $$, '23514', NULL,
    'that can be seen'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(kind => 'adjustment', reason => 'why', made_by => '{}', amount => 0) $$, '23514', NULL,
    'it changes something'
);
SELECT is_empty('transfers_of_both', 'the refusals left nothing behind');

SELECT lives_ok($$ SELECT pg_temp.transfer(external_ref => 'wire-1') $$, 'a deposit is written');
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(external_ref => 'wire-2') $$, '23505', NULL, 'a key is used once by a user'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer('key-2', external_ref => 'wire-1') $$, '23505', NULL,
    'a reference names one deposit of an asset'
);
SELECT lives_ok(
    $$ SELECT pg_temp.transfer('key-1', user_id => 'bbbbbbbb-0000-4000-8000-00000000000b') $$,
    'a key of Alice is not in the way of Bob'
);
SELECT lives_ok(
    $$ SELECT pg_temp.transfer('key-3', external_ref => 'wire-1', asset => 'T1BTC') $$,
    'nor a reference in the way of another asset'
);
SELECT lives_ok(
    $$ SELECT pg_temp.transfer(
           'key-4', external_ref => 'wire-1', kind => 'withdrawal', status => 'pending', completed_at => NULL
       ) $$,
    'nor of another kind'
);
SELECT lives_ok(
    $$ SELECT pg_temp.transfer('key-5', kind => 'adjustment', reason => 'why', made_by => '{}', amount => -10) $$,
    'a correction may take'
);
SELECT throws_ok(
    $$ SELECT pg_temp.transfer(
           'key-6', external_ref => 'wire-1', kind => 'withdrawal', status => 'pending', completed_at => NULL
       ) $$,
    '23505', NULL, 'a reference names one withdrawal of an asset, too'
);
SELECT results_eq(
    'transfers_of_both',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'key-1', 'deposit', '10'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'key-3', 'deposit', '10'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'key-4', 'withdrawal', '10'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', 'key-5', 'adjustment', '-10'),
        ('bbbbbbbb-0000-4000-8000-00000000000b', 'key-1', 'deposit', '10') $$,
    'what was accepted is there'
);

SELECT throws_ok(
    $$ INSERT INTO portfolio.transfers
       SELECT r.* FROM portfolio.transfers AS r WHERE r.idempotency_key = 'key-3' $$,
    '23505', 'duplicate key value violates unique constraint "transfers_pkey"', 'an id is of one transfer'
);

SELECT finish();
ROLLBACK;
