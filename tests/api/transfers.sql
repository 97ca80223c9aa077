-- api.transfers: what I moved in and out, what I sent and what reached me, and never the key of it.

BEGIN;
SELECT plan(18);
\ir ../fixtures/funded_alice_and_bob.psql
\ir ../fixtures/core_grants.psql

-- Alice sent Bob 3, which reached him, and 4, which have not yet.
INSERT INTO portfolio.transfers (
    id, user_id, counterparty_user_id, asset_id, kind, status, amount, fee, idempotency_key, created_at, completed_at
) VALUES
(
    '01694d4b-b100-7000-8000-000000000001', :'alice', :'bob', :t1usd, 'internal', 'completed', 3, 0, 'alice:3',
    core.uuid7_time('01694d4b-b100-7000-8000-000000000001'), core.uuid7_time('01694d4b-b100-7000-8000-000000000001')
),
(
    '01694d4b-b100-7000-8000-000000000002', :'alice', :'bob', :t1usd, 'internal', 'pending', 4, 0, 'alice:4',
    core.uuid7_time('01694d4b-b100-7000-8000-000000000002'), NULL
);

SELECT columns_are('api', 'transfers', ARRAY[
    'id', 'kind', 'status', 'asset', 'amount', 'fee', 'is_sender', 'destination', 'external_ref', 'created_at', 'sent_at',
    'completed_at'
]);
SELECT any_column_privs_are('api', 'transfers', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'transfers', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'transfers', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'transfers', 'tradebase_support', ARRAY['SELECT']);

PREPARE my_transfers AS
SELECT t.kind, t.status::text, t.asset, t.amount::text, t.fee::text, t.is_sender, t.external_ref FROM api.transfers AS t
ORDER BY t.amount;
PREPARE my_first AS SELECT id FROM api.transfers WHERE external_ref = 'wire-1';
PREPARE raise_it AS UPDATE portfolio.transfers SET amount = 1000;

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'my_transfers',
    $$ VALUES
        ('deposit', 'completed', 'T1BTC', '0.5', '0', TRUE, 'chain-1'),
        ('internal', 'completed', 'T1USD', '3', '0', TRUE, NULL),
        ('internal', 'pending', 'T1USD', '4', '0', TRUE, NULL),
        ('deposit', 'completed', 'T1USD', '100.25', '0', TRUE, 'wire-1') $$,
    'Alice sees her deposits and what she sent, done or not'
);
SELECT results_eq('my_first', ARRAY[:'alice_deposit'::uuid], 'by the id that the deposit answered with');
SELECT throws_ok('SELECT idempotency_key FROM api.transfers', '42703', NULL, 'a key is not among it');
SELECT throws_ok('raise_it', '42501', NULL, 'Alice changes nothing of what is behind it');

SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'my_transfers',
    $$ VALUES
        ('internal', 'completed', 'T1USD', '3', '0', FALSE, NULL),
        ('deposit', 'completed', 'T1USD', '7', '0', TRUE, 'wire-2') $$,
    'Bob sees what reached him as its receiver, and his own'
);

SET LOCAL request.jwt.claims = '{"sub": "cccccccc-0000-4000-8000-00000000000c"}';
SELECT is_empty('my_transfers', 'somebody who moved nothing sees none');
SET LOCAL request.jwt.claims = '';
SELECT is_empty('my_transfers', 'a request that speaks for nobody sees none');

SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('my_transfers', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_transfers', '42501', NULL, 'a service reads no transfer here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_transfers', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute('api.assets(api.transfers)'), ARRAY['authenticated', 'tradebase_support'],
    'who reads the view embeds its assets'
);
PREPARE my_assets AS
SELECT DISTINCT t.asset, a.code FROM api.transfers AS t, api.assets(t) AS a ORDER BY 1;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('my_assets', $$ VALUES ('T1BTC', 'T1BTC'), ('T1USD', 'T1USD') $$, 'Alice embeds what each of her transfers is of');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_assets', 'and nobody else does');

RESET ROLE;
SELECT finish();
ROLLBACK;
