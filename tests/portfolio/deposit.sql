-- portfolio.deposit(): money from outside is credited once per key and per reference, and bad input writes nothing.

BEGIN;
SELECT plan(76);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('portfolio', 'deposit', ARRAY['uuid', 'text', 'numeric', 'text', 'text']);
SELECT function_owner_is('portfolio', 'deposit', ARRAY['uuid', 'text', 'numeric', 'text', 'text'], 'tradebase_kernel');

PREPARE deposit(uuid, text, numeric, text, text) AS SELECT portfolio.deposit($1, $2, $3, $4, $5);
PREPARE alice_deposits(text, numeric, text, text) AS SELECT portfolio.deposit(:'alice', $1, $2, $3, $4);
PREPARE bob_deposits(text, numeric, text, text) AS SELECT portfolio.deposit(:'bob', $1, $2, $3, $4);
PREPARE usd(numeric) AS SELECT portfolio.deposit(:'alice', 'T1USD', $1, 'bad');
PREPARE keyed(text) AS SELECT portfolio.deposit(:'alice', 'T1USD', 1, $1);
PREPARE referenced(text) AS SELECT portfolio.deposit(:'alice', 'T1USD', 1, 'bad', $1);
PREPARE balances AS
SELECT b.user_id, a.code, b.available::text, b.held::text, b.version
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id IN (:'alice', :'bob') ORDER BY b.user_id, a.code COLLATE "C";
PREPARE entries AS
SELECT l.user_id, l.reason::text, l.ref_id = l.journal_id, l.d_available::text, l.available_after::text, l.version
FROM portfolio.ledger_entries AS l
WHERE l.asset_id IN (:t1usd, :t1btc, :t1old) ORDER BY l.id;
PREPARE transfers AS
SELECT
    t.user_id, t.idempotency_key::text, t.external_ref, t.kind, t.status::text, t.amount::text, t.completed_at = t.created_at
FROM portfolio.transfers AS t
WHERE t.user_id IN (:'alice', :'bob') ORDER BY t.user_id, t.idempotency_key COLLATE "C";
PREPARE written AS
SELECT
    (SELECT count(*) FROM portfolio.transfers WHERE user_id IN (:'alice', :'bob')),
    (SELECT count(*) FROM portfolio.balances WHERE user_id IN (:'alice', :'bob')),
    (SELECT count(*) FROM portfolio.ledger_entries WHERE asset_id IN (:t1usd, :t1btc, :t1old));

-- Who may: the service that saw the money arrive

SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'portfolio.deposit(uuid,text,numeric,text,text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['service_role'], 'only a service may'
);
SET LOCAL ROLE anon;
SELECT throws_ok('EXECUTE usd(1)', '42501', NULL, 'nobody off the street deposits');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('EXECUTE usd(1)', '42501', NULL, 'Alice does not credit herself');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('EXECUTE usd(1)', '42501', NULL, 'an engine does not deposit');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE usd(1)', '42501', NULL, 'an operator does not deposit');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('EXECUTE usd(1)', '42501', NULL, 'support does not deposit');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('EXECUTE usd(1)', '42501', NULL, 'a worker does not deposit');
RESET request.jwt.claims;

-- Bad input

SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE usd('NaN') $$, 'TR010', 'invalid amount', 'NaN is not an amount');
SELECT throws_ok($$ EXECUTE usd('Infinity') $$, 'TR010', 'invalid amount', 'Infinity is not an amount');
SELECT throws_ok($$ EXECUTE usd('-Infinity') $$, 'TR010', 'invalid amount', 'nor is -Infinity');
SELECT throws_ok('EXECUTE usd(0)', 'TR010', 'invalid amount', 'nothing is not deposited');
SELECT throws_ok('EXECUTE usd(-1)', 'TR010', 'invalid amount', 'nor less than nothing');
SELECT throws_ok('EXECUTE usd(NULL)', 'TR010', 'invalid amount', 'an amount is needed');
SELECT throws_ok('EXECUTE usd(1e20)', 'TR010', 'invalid amount', 'an amount is below 1e20');
SELECT throws_ok('EXECUTE usd(0.001)', 'TR010', 'invalid amount', 'an amount in cents has two decimals');
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1BTC', 1e-19, 'bad', NULL) $$, 'TR010', 'invalid amount', 'no amount has more than 18'
);
SELECT throws_ok($$ EXECUTE keyed('') $$, 'TR010', 'invalid idempotency_key', 'a key is not empty');
SELECT throws_ok($$ EXECUTE keyed(NULL) $$, 'TR010', 'invalid idempotency_key', 'a key is needed');
SELECT throws_ok($$ EXECUTE keyed('a key') $$, 'TR010', 'invalid idempotency_key', 'a key has no blank');
SELECT throws_ok($$ EXECUTE keyed(' ') $$, 'TR010', 'invalid idempotency_key', 'nor is it one');
SELECT throws_ok($$ EXECUTE keyed(E'key\n') $$, 'TR010', 'invalid idempotency_key', 'nor does it end in a line feed');
SELECT throws_ok($$ EXECUTE keyed('schlüssel') $$, 'TR010', 'invalid idempotency_key', 'a key is ASCII');
SELECT throws_ok(
    $$ EXECUTE keyed(repeat('k', 65)) $$, 'TR010', 'invalid idempotency_key', 'a key has at most 64 characters'
);
SELECT throws_ok($$ EXECUTE referenced('') $$, 'TR010', 'invalid external_ref', 'a reference is not empty');
SELECT throws_ok($$ EXECUTE referenced('wire 1') $$, 'TR010', 'invalid external_ref', 'a reference has no blank');
SELECT throws_ok($$ EXECUTE referenced('überweisung') $$, 'TR010', 'invalid external_ref', 'a reference is ASCII');
SELECT throws_ok(
    $$ EXECUTE referenced(repeat('r', 201)) $$, 'TR010', 'invalid external_ref',
    'a reference has at most 200 characters'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1NIL', 1, 'bad', NULL) $$, 'TR011', 'unknown asset', 'an unknown asset is named as such'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('t1usd', 1, 'bad', NULL) $$, 'TR011', 'unknown asset', 'a code is written as it is'
);
SELECT throws_ok($$ EXECUTE alice_deposits(NULL, 1, 'bad', NULL) $$, 'TR010', 'invalid asset', 'an asset is needed');
SELECT throws_ok(
    $$ EXECUTE deposit('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 1, 'bad', NULL) $$, 'TR012', 'unknown user',
    'an unknown user is named as such'
);
SELECT throws_ok(
    $$ EXECUTE deposit('00000000-0000-7000-8000-000000000001', 'T1USD', 1, 'bad', NULL) $$, 'TR012', 'unknown user',
    'an account of the platform is nobody who receives deposits'
);
SELECT throws_ok($$ EXECUTE deposit(NULL, 'T1USD', 1, 'bad', NULL) $$, 'TR010', 'invalid user_id', 'a user is needed');
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1OLD', 1, 'bad', NULL) $$, 'TR007', 'the asset takes no deposits',
    'an asset that only leaves does not come'
);

RESET ROLE;
SELECT results_eq('written', $$ VALUES (0::bigint, 0::bigint, 0::bigint) $$, 'no refusal wrote anything');
SELECT is(
    pg_temp.detail_of('EXECUTE usd(0)'), '{"argument": "amount", "expected": "a number above 0 and below 1e20"}',
    'the detail names the argument and what was expected'
);
SELECT is(
    pg_temp.detail_of('EXECUTE usd(0.001)'), '{"argument": "amount", "expected": "at most 2 decimals"}',
    'also the decimals'
);
SELECT is(pg_temp.detail_of($$ EXECUTE keyed('') $$) ->> 'argument', 'idempotency_key', 'also the key');
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_deposits('T1NIL', 1, 'bad', NULL) $$), '{"asset": "T1NIL"}', 'also the asset'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE alice_deposits('T1OLD', 1, 'bad', NULL) $$),
    '{"asset": "T1OLD", "status": "withdraw_only"}', 'also its status'
);

-- Credited

SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ SELECT d - ARRAY['id', 'created_at', 'completed_at', 'write_token'], jsonb_typeof(d -> 'amount'), length(d ->> 'id'),
           d ? 'created_at' AND d ? 'write_token'
       FROM portfolio.deposit('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 100.250, 'alice:1', 'wire-1') AS d $$,
    $$ VALUES (
        jsonb '{
            "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "asset": "T1USD", "kind": "deposit",
            "status": "completed", "amount": "100.25", "fee": "0", "idempotency_key": "alice:1",
            "external_ref": "wire-1", "to_user_id": null, "destination": null, "sent_at": null, "replayed": false
        }',
        'string', 36, TRUE
    ) $$,
    'the answer is the transfer, its amounts as text'
);
SELECT lives_ok($$ EXECUTE alice_deposits('T1USD', 0.01, 'alice:2', 'wire-2') $$, 'a second deposit');
SELECT lives_ok(
    $$ EXECUTE alice_deposits('T1USD', 5, 'alice:3', NULL) $$, 'a third one, of which the bank says nothing'
);
SELECT lives_ok($$ EXECUTE alice_deposits('T1BTC', 1e-18, 'alice:4', 'wire-1') $$, 'a reference counts per asset');
SELECT lives_ok($$ EXECUTE bob_deposits('T1USD', 7, 'alice:1', 'wire-3') $$, 'a key counts per user');
RESET ROLE;
SELECT results_eq('balances', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', '0.000000000000000001', '0', 1::bigint),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', '105.260', '0', 3),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', '7', '0', 1)
$$, 'the balances hold the sums');
SELECT results_eq('entries', $$ VALUES
    ('00000000-0000-7000-8000-000000000002'::uuid, 'deposit', TRUE, '-100.250', NULL, NULL::bigint),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'deposit', TRUE, '100.250', '100.250', 1),
    ('00000000-0000-7000-8000-000000000002', 'deposit', TRUE, '-0.01', NULL, NULL),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'deposit', TRUE, '0.01', '100.260', 2),
    ('00000000-0000-7000-8000-000000000002', 'deposit', TRUE, '-5', NULL, NULL),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'deposit', TRUE, '5', '105.260', 3),
    ('00000000-0000-7000-8000-000000000002', 'deposit', TRUE, '-0.000000000000000001', NULL, NULL),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'deposit', TRUE, '0.000000000000000001', '0.000000000000000001', 1),
    ('00000000-0000-7000-8000-000000000002', 'deposit', TRUE, '-7', NULL, NULL),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'deposit', TRUE, '7', '7', 1)
$$, 'each deposit is two entries that sum to zero, the balance''s with the next version');
SELECT results_eq('transfers', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'alice:1', 'wire-1', 'deposit', 'completed', '100.250', TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'alice:2', 'wire-2', 'deposit', 'completed', '0.01', TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'alice:3', NULL, 'deposit', 'completed', '5', TRUE),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'alice:4', 'wire-1', 'deposit', 'completed', '0.000000000000000001', TRUE),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'alice:1', 'wire-3', 'deposit', 'completed', '7', TRUE)
$$, 'each is a transfer, completed at once');

-- Sent again

SELECT id AS first_id FROM portfolio.transfers WHERE user_id = :'alice' AND idempotency_key = 'alice:1' \gset
PREPARE replay(text, text) AS
SELECT d ->> 'id' = :'first_id', d -> 'replayed', d ->> 'amount', d ->> 'idempotency_key'
FROM portfolio.deposit(:'alice', 'T1USD', 100.25, $1, $2) AS d;

SET LOCAL ROLE service_role;
SELECT results_eq(
    $$ EXECUTE replay('alice:1', 'wire-1') $$, $$ VALUES (TRUE, jsonb 'true', '100.25', 'alice:1') $$,
    'the same request again answers with the first transfer'
);
SELECT results_eq(
    $$ EXECUTE replay('alice:again', 'wire-1') $$, $$ VALUES (TRUE, jsonb 'true', '100.25', 'alice:1') $$,
    'so does the same reference under another key'
);
SELECT results_eq(
    $$ SELECT d -> 'replayed', d ->> 'amount', d ->> 'idempotency_key'
       FROM portfolio.deposit('aaaaaaaa-0000-4000-8000-00000000000a', 'T1BTC', 1e-18, 'alice:again', 'wire-1') AS d $$,
    $$ VALUES (jsonb 'true', '0.000000000000000001', 'alice:4') $$, 'each asset has its own of that reference'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1USD', 100.26, 'alice:1', 'wire-1') $$, 'TR401',
    'idempotency_key was used for another deposit',
    'a key does not stand for another amount'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1BTC', 100.25, 'alice:1', 'wire-1') $$, 'TR401',
    'idempotency_key was used for another deposit',
    'nor for another asset'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1USD', 100.25, 'alice:1', 'wire-9') $$, 'TR401',
    'idempotency_key was used for another deposit',
    'nor for another reference'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1USD', 100.25, 'alice:1', NULL) $$, 'TR401',
    'idempotency_key was used for another deposit',
    'nor for none'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1USD', 100.26, 'alice:9', 'wire-1') $$, 'TR401',
    'external_ref was used for another deposit',
    'a reference does not stand for another amount'
);
SELECT throws_ok(
    $$ EXECUTE bob_deposits('T1USD', 100.25, 'bob:9', 'wire-1') $$, 'TR401',
    'external_ref was used for another deposit', 'nor for another user'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE bob_deposits('T1USD', 100.25, 'bob:9', 'wire-1') $$), '{"argument": "external_ref"}',
    'whose it is stays untold'
);
SELECT results_eq(
    'written', $$ VALUES (5::bigint, 3::bigint, 10::bigint) $$, 'neither a replay nor a refusal wrote anything'
);
SELECT results_eq('balances', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', '0.000000000000000001', '0', 1::bigint),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', '105.260', '0', 3),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', '7', '0', 1)
$$, 'nor moved any money');

-- A key and a reference that Alice used for something else than a deposit.
INSERT INTO portfolio.transfers (id, user_id, asset_id, kind, status, amount, idempotency_key, external_ref, created_at)
VALUES (
    '01694d4b-b100-7000-8000-000000000001', :'alice', :t1usd, 'withdrawal', 'pending', 5, 'alice:out', 'wire-out',
    core.uuid7_time('01694d4b-b100-7000-8000-000000000001')
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1USD', 5, 'alice:out', 'wire-out') $$, 'TR401',
    'idempotency_key was used for another deposit', 'the key of a withdrawal does not deposit'
);
SELECT is(
    portfolio.deposit(:'bob', 'T1USD', 2, 'bob:6', 'wire-out') -> 'replayed', 'false',
    'the reference of a withdrawal is free for a deposit'
);
SELECT is(
    portfolio.deposit(:'bob', 'T1USD', 2, 'bob:7', 'wire-out') -> 'replayed', 'true',
    'which is found by it again, not the withdrawal'
);

-- The largest balance

SET LOCAL ROLE service_role;
SELECT lives_ok(
    $$ EXECUTE alice_deposits('T1USD', 99999999999999999894.73, 'alice:5', NULL) $$, 'a balance may come close to 1e20'
);
SELECT throws_ok(
    $$ EXECUTE alice_deposits('T1USD', 0.01, 'alice:6', NULL) $$, 'TR010', 'a balance must stay below 1e20',
    'it does not reach it'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT b.available::text, b.version, (
           SELECT count(*) FROM portfolio.transfers AS t
           WHERE t.user_id = b.user_id AND t.idempotency_key = 'alice:6'
       )
       FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE b.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND a.code = 'T1USD' $$,
    $$ VALUES ('99999999999999999999.990', 4::bigint, 0::bigint) $$, 'and the deposit that would is not written at all'
);

-- Assets and accounts in other states

UPDATE market.assets SET status = 'deposit_only' WHERE code = 'T1OLD';
SELECT lives_ok($$ EXECUTE bob_deposits('T1OLD', 1, 'bob:2', NULL) $$, 'an asset that only comes is deposited');
UPDATE market.assets SET status = 'disabled' WHERE code = 'T1OLD';
SELECT throws_ok(
    $$ EXECUTE bob_deposits('T1OLD', 1, 'bob:3', NULL) $$, 'TR007', 'the asset takes no deposits',
    'a disabled one is not'
);
SELECT is(
    portfolio.deposit(:'bob', 'T1OLD', 1, 'bob:2') -> 'replayed', 'true',
    'what was deposited before it was disabled is answered'
);

UPDATE identity.users SET status = 'suspended' WHERE id = :'bob';
SELECT lives_ok(
    $$ EXECUTE bob_deposits('T1USD', 1, 'bob:4', NULL) $$,
    'what arrives for a suspended user is theirs and waits for them'
);
UPDATE identity.users SET status = 'closed' WHERE id = :'bob';
SELECT throws_ok(
    $$ EXECUTE bob_deposits('T1USD', 1, 'bob:5', NULL) $$, 'TR008', 'the account is closed',
    'a closed account takes nothing more'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE bob_deposits('T1USD', 1, 'bob:5', NULL) $$), '{"status": "closed"}',
    'and the detail says why'
);
SELECT is(
    portfolio.deposit(:'bob', 'T1USD', 1, 'bob:4') -> 'replayed', 'true', 'what came before it was closed is answered'
);
SELECT results_eq(
    $$ SELECT t.idempotency_key::text FROM portfolio.transfers AS t
       WHERE t.user_id = 'bbbbbbbb-0000-4000-8000-00000000000b' ORDER BY t.idempotency_key COLLATE "C" $$,
    ARRAY['alice:1', 'bob:2', 'bob:4', 'bob:6'], 'nothing of what was refused is there'
);

SELECT finish();
ROLLBACK;
