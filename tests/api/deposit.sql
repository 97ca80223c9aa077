-- api.deposit(): the service credits what arrived, answers and errors come through unchanged, and nobody else may.

BEGIN;
SELECT plan(15);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql

SELECT isnt_definer('api', 'deposit', ARRAY['uuid', 'text', 'numeric', 'text', 'text']);
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'api.deposit(uuid,text,numeric,text,text)'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['service_role'], 'only a service may call it'
);

PREPARE deposit_answer AS
SELECT d - ARRAY['id', 'created_at', 'completed_at', 'write_token']
FROM api.deposit(
    user_id => :'alice', asset => 'T1USD', amount => '100.25', idempotency_key => 'alice:1', external_ref => 'wire-1'
) AS d;
PREPARE without_reference AS
SELECT d ->> 'external_ref', d -> 'replayed'
FROM api.deposit(user_id => :'alice', asset => 'T1USD', amount => 1, idempotency_key => 'alice:2') AS d;
PREPARE another_amount AS SELECT api.deposit(:'alice', 'T1USD', 7, 'alice:1', 'wire-1');
PREPARE not_a_number AS SELECT api.deposit(:'alice', 'T1USD', 'NaN', 'alice:3');
PREPARE usd_of_alice AS
SELECT available::text, version FROM portfolio.balances WHERE user_id = :'alice' AND asset_id = :t1usd;

SET LOCAL ROLE anon;
SELECT throws_ok('deposit_answer', '42501', NULL, 'nobody off the street deposits');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('deposit_answer', '42501', NULL, 'Alice does not credit herself');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('deposit_answer', '42501', NULL, 'an operator does not deposit');
RESET ROLE;
SELECT is_empty('usd_of_alice', 'none of them moved anything');

RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT results_eq(
    'deposit_answer',
    $$ VALUES (jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "asset": "T1USD", "kind": "deposit", "status": "completed",
        "amount": "100.25", "fee": "0", "idempotency_key": "alice:1", "external_ref": "wire-1", "to_user_id": null,
        "destination": null, "sent_at": null, "replayed": false
    }') $$,
    'the service deposits and is told the transfer'
);
SELECT results_eq(
    'deposit_answer',
    $$ VALUES (jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "asset": "T1USD", "kind": "deposit", "status": "completed",
        "amount": "100.25", "fee": "0", "idempotency_key": "alice:1", "external_ref": "wire-1", "to_user_id": null,
        "destination": null, "sent_at": null, "replayed": true
    }') $$,
    'again, and it is the same one'
);
SELECT results_eq('without_reference', $$ VALUES (NULL::text, jsonb 'false') $$, 'a deposit needs no reference');
SELECT throws_ok(
    'another_amount', 'TR401', 'idempotency_key was used for another deposit', 'a key does not stand for another amount'
);
SELECT throws_ok('not_a_number', 'TR010', 'invalid amount', 'NaN is not an amount');

-- A signed-in service has no other right than this.
SELECT throws_ok('usd_of_alice', '42501', NULL, 'the service reads no balance');
RESET ROLE;
SELECT results_eq('usd_of_alice', $$ VALUES ('101.25', 2::bigint) $$, 'the money came once each');

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'SELECT asset, available::text FROM api.balances', $$ VALUES ('T1USD', '101.25') $$, 'Alice sees it'
);
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT is_empty('SELECT asset FROM api.balances', 'Bob does not');

RESET ROLE;
SELECT finish();
ROLLBACK;
