-- market.assets: everybody reads, nobody but the owner writes.

BEGIN;
SELECT plan(24);
\ir ../fixtures/three_assets.psql

SELECT policies_are('market', 'assets', ARRAY['assets_kernel_all', 'assets_public_select', 'assets_staff_select']);
SELECT any_column_privs_are('market', 'assets', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'assets', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'assets', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'assets', 'tradebase_kernel', ARRAY['SELECT', 'UPDATE']);
SELECT column_privs_are(
    'market', 'assets', 'valuation_market_id', 'tradebase_kernel', ARRAY['SELECT', 'UPDATE'], 'only what values it'
);
SELECT any_column_privs_are('market', 'assets', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'assets', 'tradebase_operator', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'assets', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'assets', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'assets', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'assets', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'assets', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'market.assets'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

PREPARE seen_assets AS SELECT code FROM market.assets WHERE code LIKE 'T1%' ORDER BY code;
PREPARE new_asset AS
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1NEW', 'New', 'crypto', 8, 8);
PREPARE finer AS UPDATE market.assets SET scale = 18 WHERE code = 'T1USD';
PREPARE drop_old AS DELETE FROM market.assets WHERE code = 'T1OLD';

SET LOCAL ROLE anon;
SELECT results_eq('seen_assets', ARRAY['T1BTC', 'T1OLD', 'T1USD'], 'anybody sees every asset');
SELECT throws_ok('new_asset', '42501', NULL, 'nobody off the street makes an asset');

SET LOCAL ROLE authenticated;
SELECT results_eq('seen_assets', ARRAY['T1BTC', 'T1OLD', 'T1USD'], 'a user sees every asset');
SELECT throws_ok('finer', '42501', NULL, 'a user changes no scale');

SET LOCAL ROLE service_role;
SELECT throws_ok('seen_assets', '42501', NULL, 'a service reads no table');

SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen_assets', ARRAY['T1BTC', 'T1OLD', 'T1USD'], 'an operator sees every asset');
SELECT throws_ok('drop_old', '42501', NULL, 'not even an operator removes an asset');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen_assets', ARRAY['T1BTC', 'T1OLD', 'T1USD'], 'the kernel sees every asset');
SELECT throws_ok('new_asset', '42501', NULL, 'the kernel makes none');
SELECT throws_ok('finer', '42501', NULL, 'nor makes one finer');

RESET ROLE;
SELECT finish();
ROLLBACK;
