-- market.markets: everybody reads, nobody but the owner writes.

BEGIN;
SELECT plan(24);
\ir ../fixtures/two_markets.psql

SELECT policies_are('market', 'markets', ARRAY['markets_kernel_all', 'markets_public_select', 'markets_staff_select']);
SELECT any_column_privs_are('market', 'markets', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'markets', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'markets', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'markets', 'tradebase_kernel', ARRAY['SELECT', 'UPDATE']);
SELECT any_column_privs_are('market', 'markets', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'markets', 'tradebase_operator', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'markets', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'markets', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'markets', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'markets', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'markets', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'market.markets'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);
SELECT results_eq(
    $$ SELECT t.attname::text COLLATE "default", a.grantee::regrole::text, a.privilege_type
       FROM pg_attribute AS t, aclexplode(t.attacl) AS a WHERE t.attrelid = 'market.markets'::regclass $$,
    $$ VALUES ('status', 'tradebase_kernel', 'UPDATE') $$, 'the status is all that a function may change'
);

PREPARE seen_symbols AS SELECT symbol FROM market.markets WHERE symbol LIKE 'T1%' ORDER BY symbol;
PREPARE new_market AS
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
VALUES ('T1OLD-T1USD', :t1old, :t1usd, 0.1, 0.1);
PREPARE halt AS UPDATE market.markets SET status = 'halted' WHERE symbol = 'T1BTC-T1USD';
PREPARE retick AS UPDATE market.markets SET tick_size = 1 WHERE symbol = 'T1BTC-T1USD';
PREPARE delist AS DELETE FROM market.markets WHERE symbol = 'T1OLD-T1BTC';

SET LOCAL ROLE anon;
SELECT results_eq('seen_symbols', ARRAY['T1BTC-T1USD', 'T1OLD-T1BTC'], 'anybody sees every market');
SELECT throws_ok('halt', '42501', NULL, 'nobody off the street halts a market');

SET LOCAL ROLE authenticated;
SELECT results_eq('seen_symbols', ARRAY['T1BTC-T1USD', 'T1OLD-T1BTC'], 'a trader sees every market');
SELECT throws_ok('new_market', '42501', NULL, 'a trader opens none');
SELECT throws_ok('delist', '42501', NULL, 'a trader removes none');

SET LOCAL ROLE service_role;
SELECT throws_ok('seen_symbols', '42501', NULL, 'a service reads no table');

SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen_symbols', ARRAY['T1BTC-T1USD', 'T1OLD-T1BTC'], 'an operator sees every market');
SELECT throws_ok('halt', '42501', NULL, 'not even an operator halts one by hand');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen_symbols', ARRAY['T1BTC-T1USD', 'T1OLD-T1BTC'], 'the kernel sees every market');
SELECT throws_ok('retick', '42501', NULL, 'the kernel changes no rule of one');

RESET ROLE;
SELECT finish();
ROLLBACK;
