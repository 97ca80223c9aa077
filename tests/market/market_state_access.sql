-- market.market_state: prices are public, how far the engine is settled is for staff, and the kernel writes.

BEGIN;
SELECT plan(35);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/two_markets.psql
INSERT INTO market.market_state (
    market_id, last_engine_seq, last_trade_seq, last_price, last_trade_at, mark_price, mark_at
)
VALUES (:open_market, 7, 3, 10.5, '2031-03-05 10:00:00+00', 10.4, '2031-03-05 10:00:00+00');

SELECT policies_are('market', 'market_state', ARRAY[
    'market_state_kernel_all', 'market_state_public_select', 'market_state_staff_select'
]);
SELECT any_column_privs_are('market', 'market_state', 'anon', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'authenticated', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'service_role', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_kernel', ARRAY['INSERT', 'SELECT', 'UPDATE']);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_engine', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_operator', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_support', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_auditor', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_reporter', ARRAY['SELECT']);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_monitor', ARRAY[]::text[]);
SELECT any_column_privs_are('market', 'market_state', 'tradebase_worker', ARRAY[]::text[]);
SELECT is(
    pg_temp.grants_on('market.market_state'),
    ARRAY[
        'anon: SELECT (last_price, last_trade_at, last_trade_seq, mark_at, mark_price, market_id, updated_at)',
        'authenticated: SELECT (last_price, last_trade_at, last_trade_seq, mark_at, mark_price, market_id, updated_at)',
        'tradebase_auditor: SELECT',
        'tradebase_engine: SELECT',
        'tradebase_kernel: INSERT, SELECT, '
        'UPDATE (last_engine_seq, last_price, last_trade_at, last_trade_seq, mark_at, mark_price, updated_at)',
        'tradebase_operator: SELECT',
        'tradebase_reporter: SELECT',
        'tradebase_support: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen_price AS
SELECT last_price::text, mark_price::text, last_trade_seq FROM market.market_state WHERE market_id = :open_market;
PREPARE seen_watermark AS SELECT last_engine_seq FROM market.market_state WHERE market_id = :open_market;
PREPARE all_of_it AS SELECT * FROM market.market_state;
PREPARE begin_state AS INSERT INTO market.market_state (market_id) VALUES (:closed_market);
PREPARE settle AS
WITH changed AS (
    UPDATE market.market_state SET last_engine_seq = 9, last_trade_seq = 4, last_price = 11,
        last_trade_at = '2031-03-05 10:00:01+00', updated_at = clock_timestamp()
    WHERE market_id = :open_market RETURNING market_id
)
SELECT count(*) FROM changed;
PREPARE mark AS UPDATE market.market_state SET mark_price = 1 WHERE market_id = :open_market;
PREPARE swap AS UPDATE market.market_state SET market_id = :closed_market WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM market.market_state WHERE market_id = :open_market;

SET LOCAL ROLE anon;
SELECT results_eq('seen_price', $$ VALUES ('10.5', '10.4', 3::bigint) $$, 'anybody sees the price');
SELECT throws_ok('seen_watermark', '42501', NULL, 'and not how far the engine is settled');
SELECT throws_ok('all_of_it', '42501', NULL, 'nor everything at once');
SELECT throws_ok('settle', '42501', NULL, 'nobody off the street makes a price');

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT results_eq('seen_price', $$ VALUES ('10.5', '10.4', 3::bigint) $$, 'Alice sees the price');
SELECT throws_ok('seen_watermark', '42501', NULL, 'and no more than anybody');
SELECT throws_ok('settle', '42501', NULL, 'Alice makes no price');
SELECT throws_ok('mark', '42501', NULL, 'nor marks one');
SET LOCAL request.jwt.claims = '';

SET LOCAL ROLE service_role;
SELECT throws_ok('seen_price', '42501', NULL, 'a service reads no table');

SET LOCAL ROLE tradebase_engine;
SELECT results_eq('seen_watermark', ARRAY[7::bigint], 'an engine sees how far it is settled');
SELECT throws_ok('settle', '42501', NULL, 'and settles by its batches alone');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen_watermark', ARRAY[7::bigint], 'so does an operator');
SELECT throws_ok('mark', '42501', NULL, 'who marks nothing by hand');
SET LOCAL ROLE tradebase_support;
SELECT results_eq('seen_watermark', ARRAY[7::bigint], 'so does support');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen_watermark', ARRAY[7::bigint], 'so does an auditor');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen_watermark', ARRAY[7::bigint], 'so does an analyst');

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('begin_state', 'the kernel begins a market''s state');
SELECT results_eq('settle', ARRAY[1::bigint], 'and moves it on');
SELECT results_eq('seen_price', $$ VALUES ('11', '10.4', 4::bigint) $$, 'to another price');
SELECT lives_ok('mark', 'and marks it');
SELECT throws_ok('swap', '42501', NULL, 'a state stays with its market');
SELECT throws_ok('forget', '42501', NULL, 'and is never removed');

RESET ROLE;
SELECT finish();
ROLLBACK;
