-- api.ledger_entries: every change of my balances in order, without the other side of it.

BEGIN;
SELECT plan(18);
\ir ../fixtures/funded_alice_and_bob.psql
\ir ../fixtures/core_grants.psql
SELECT portfolio.deposit(:'alice', 'T1USD', 4.75, 'alice:3') ->> 'id' AS alice_third_deposit \gset

SELECT columns_are('api', 'ledger_entries', ARRAY[
    'created_at', 'asset', 'version', 'reason', 'ref_id', 'd_available', 'd_held', 'available_after', 'held_after'
]);
SELECT any_column_privs_are('api', 'ledger_entries', 'anon', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'ledger_entries', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('api', 'ledger_entries', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('api', 'ledger_entries', 'tradebase_support', ARRAY['SELECT']);

PREPARE my_entries AS
SELECT asset, version, reason::text, d_available::text, d_held::text, available_after::text, held_after::text
FROM api.ledger_entries ORDER BY asset, version;
PREPARE my_references AS SELECT ref_id FROM api.ledger_entries WHERE asset = 'T1USD' ORDER BY version;
PREPARE forget AS DELETE FROM portfolio.ledger_entries;

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq(
    'my_entries',
    $$ VALUES
        ('T1BTC', 1::bigint, 'deposit', '0.5', '0', '0.5', '0'),
        ('T1USD', 1, 'deposit', '100.25', '0', '100.25', '0'),
        ('T1USD', 2, 'deposit', '4.75', '0', '105.00', '0') $$,
    'Alice sees each change and what it left'
);
SELECT results_eq(
    'my_references', ARRAY[:'alice_deposit', :'alice_third_deposit']::uuid[], 'each names the transfer it was for'
);
SELECT is_empty(
    'SELECT asset FROM api.ledger_entries WHERE version IS NULL', 'no account of the platform shows through'
);
SELECT throws_ok('forget', '42501', NULL, 'Alice removes nothing of what is behind it');

SET LOCAL request.jwt.claims = :'bob_claims';
SELECT results_eq(
    'my_entries', $$ VALUES ('T1USD', 1::bigint, 'deposit', '7', '0', '7', '0') $$, 'Bob sees his own'
);

SET LOCAL request.jwt.claims = '{"sub": "cccccccc-0000-4000-8000-00000000000c"}';
SELECT is_empty('my_entries', 'somebody who never owned anything sees none');
SET LOCAL request.jwt.claims = '';
SELECT is_empty('my_entries', 'a request that speaks for nobody sees none');

SET LOCAL request.jwt.claims = :'alice_claims';
SET LOCAL ROLE anon;
SELECT throws_ok('my_entries', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('my_entries', '42501', NULL, 'a service reads no entry here either');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('my_entries', 'and support sees none until a customer is opened to them');

RESET ROLE;
-- What PostgREST embeds.
SELECT is(
    pg_temp.who_may_execute('api.assets(api.ledger_entries)'), ARRAY['authenticated', 'tradebase_support'],
    'who reads the view embeds its assets'
);
PREPARE my_assets AS
SELECT DISTINCT l.asset, a.code FROM api.ledger_entries AS l, api.assets(l) AS a ORDER BY 1;
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('my_assets', $$ VALUES ('T1BTC', 'T1BTC'), ('T1USD', 'T1USD') $$, 'Alice embeds what each of her entries is of');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('my_assets', 'and nobody else does');

RESET ROLE;
SELECT finish();
ROLLBACK;
