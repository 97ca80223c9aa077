-- monitoring.storage: how large each table, leaf and index is.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.grants_on('monitoring.storage'), ARRAY['tradebase_kernel: SELECT', 'tradebase_monitor: SELECT'], 'for who watches');
SELECT columns_are('monitoring', 'storage', ARRAY[
    'relation', 'kind', 'of_table', 'bytes', 'row_estimate'
]);

PREPARE look AS SELECT * FROM monitoring.storage;
SET LOCAL ROLE tradebase_monitor;
SELECT lives_ok('look', 'who watches looks, without being a superuser');
SELECT results_eq(
    $$ SELECT kind, of_table, bytes > 0 FROM monitoring.storage
       WHERE relation IN ('market.assets', 'market.assets_pkey', 'partitions.orders_open', 'partitions.orders_open_pkey') ORDER BY relation $$,
    $$ VALUES ('table', 'market.assets', TRUE), ('index', 'market.assets', TRUE),
              ('partition', 'trading.orders', TRUE), ('index', 'trading.orders', TRUE) $$,
    'a leaf and its indexes are their table''s'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('look', '42501', NULL, 'nobody else looks');

RESET ROLE;
SELECT finish();
ROLLBACK;
