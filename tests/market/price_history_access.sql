-- market.price_history: everybody reads, the kernel rolls, nobody but the owner loads, and a leaf is reached only through the parent.

BEGIN;
SELECT plan(26);
\ir ../fixtures/two_markets.psql
SELECT ops.ensure_partitions('market.price_history', '2019-03-01', '2019-03-01') AS made \gset
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
VALUES (:open_market, '1m', '2019-03-05 10:07:00+00', 'external', 10, 12, 9, 11);

SELECT policies_are('market', 'price_history', ARRAY[
    'price_history_kernel_all', 'price_history_public_select', 'price_history_staff_select'
]);
SELECT any_column_privs_are('market', 'price_history', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'price_history', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'price_history', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_engine', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_operator', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'price_history', 'tradebase_worker', ARRAY[]::text[]);
SELECT is_empty(
    $$ SELECT a.grantee::regrole, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
       WHERE c.oid = 'market.price_history'::regclass AND a.grantee <> c.relowner
       AND (a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') OR a.is_grantable) $$,
    'nobody but the owner deletes, truncates, refers to it, puts a trigger on it, or passes a right on'
);

PREPARE seen_closes AS SELECT close::text FROM market.price_history WHERE market_id = :open_market;
PREPARE past_the_parent AS SELECT close FROM partitions.price_history_2019_03;
PREPARE new_candle AS
INSERT INTO market.price_history (market_id, interval, bucket_start, source, open, high, low, close)
VALUES (:open_market, '1m', '2019-03-05 10:08:00+00', 'external', 10, 12, 9, 11);
PREPARE repaint AS UPDATE market.price_history SET close = 12 WHERE market_id = :open_market;
PREPARE move AS
UPDATE market.price_history SET bucket_start = '2019-03-05 10:08:00+00' WHERE market_id = :open_market;
PREPARE claim AS UPDATE market.price_history SET source = 'trades' WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM market.price_history WHERE market_id = :open_market;

SET LOCAL ROLE anon;
SELECT results_eq('seen_closes', ARRAY['11'], 'anybody sees prices');
SELECT throws_ok('past_the_parent', '42501', NULL, 'nobody reads a leaf by its name');
SELECT throws_ok('new_candle', '42501', NULL, 'nobody off the street makes a price');

SET LOCAL ROLE authenticated;
SELECT results_eq('seen_closes', ARRAY['11'], 'a trader sees prices');
SELECT throws_ok('repaint', '42501', NULL, 'a trader changes none');
SELECT throws_ok('past_the_parent', '42501', NULL, 'a trader reads no leaf by its name either');

SET LOCAL ROLE service_role;
SELECT throws_ok('seen_closes', '42501', NULL, 'a service reads no table');

SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen_closes', ARRAY['11'], 'an analyst sees prices');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq('seen_closes', ARRAY['11'], 'the kernel sees prices');
SELECT throws_ok('forget', '42501', NULL, 'the kernel removes none');
SELECT throws_ok('move', '42501', NULL, 'nor moves one to another time');
SELECT throws_ok('claim', '42501', NULL, 'nor makes a bar from elsewhere one of ours');
SELECT lives_ok('repaint', 'it goes on with one');

RESET ROLE;
SELECT finish();
ROLLBACK;
