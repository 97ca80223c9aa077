-- market.candle_state: the kernel moves it, staff watch it, nobody else knows of it.

BEGIN;
SELECT plan(16);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/two_markets.psql
INSERT INTO market.candle_state (market_id, last_seq, newest_at) VALUES (:open_market, 7, '2031-03-03');

SELECT policies_are('market', 'candle_state', ARRAY['candle_state_kernel_all', 'candle_state_staff_select']);
SELECT is(
    pg_temp.grants_on('market.candle_state'),
    ARRAY[
        'tradebase_auditor: SELECT',
        'tradebase_kernel: INSERT, SELECT, UPDATE (last_seq, newest_at, updated_at)',
        'tradebase_operator: SELECT',
        'tradebase_reporter: SELECT'
    ],
    'this is all that anybody was given'
);

PREPARE seen AS SELECT last_seq FROM market.candle_state WHERE market_id = :open_market;
PREPARE begin_state AS INSERT INTO market.candle_state (market_id) VALUES (:closed_market);
PREPARE move AS
WITH moved AS (
    UPDATE market.candle_state SET last_seq = 8, newest_at = '2031-03-04', updated_at = clock_timestamp()
    WHERE market_id = :open_market RETURNING market_id
)
SELECT count(*) FROM moved;
PREPARE swap AS UPDATE market.candle_state SET market_id = :closed_market WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM market.candle_state WHERE market_id = :open_market;

SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'who has not signed in does not see it');
SET LOCAL ROLE authenticated;
SELECT throws_ok('seen', '42501', NULL, 'a trader neither');
SELECT throws_ok('move', '42501', NULL, 'nor moves it');
SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service reads no table');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('move', '42501', NULL, 'a worker moves it by rolling alone');
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('seen', ARRAY[7::bigint], 'an operator sees whether candles keep up');
SELECT throws_ok('move', '42501', NULL, 'and moves nothing by hand');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', ARRAY[7::bigint], 'so does an auditor');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen', ARRAY[7::bigint], 'so does an analyst');

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('begin_state', 'the kernel begins it');
SELECT results_eq('move', ARRAY[1::bigint], 'and moves it on');
SELECT results_eq('seen', ARRAY[8::bigint], 'to where it said');
SELECT throws_ok('swap', '42501', NULL, 'it stays with its market');
SELECT throws_ok('forget', '42501', NULL, 'and is never removed');

RESET ROLE;
SELECT finish();
ROLLBACK;
