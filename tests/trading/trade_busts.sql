-- trading.trade_busts: one row for a trade that was taken back, with a reason, and never otherwise.

BEGIN;
SELECT plan(16);
\ir ../fixtures/trading_session.psql

SELECT columns_are('trading', 'trade_busts', ARRAY[
    'trade_id', 'market_id', 'trade_seq', 'journal_id', 'reason', 'made_by', 'created_at'
]);
SELECT indexes_are('trading', 'trade_busts', ARRAY['trade_busts_pkey', 'trade_busts_market_id_trade_seq_key']);
CREATE FUNCTION pg_temp.put(
    trade_id uuid DEFAULT '01694d4b-b100-7000-8000-000000000001', trade_seq bigint DEFAULT 7,
    reason text DEFAULT 'wrong price', made_by jsonb DEFAULT '{}', market_id integer DEFAULT NULL
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO trading.trade_busts (trade_id, market_id, trade_seq, journal_id, reason, made_by)
    SELECT put.trade_id, coalesce(put.market_id, m.id), put.trade_seq, gen_random_uuid(), put.reason, put.made_by
    FROM market.markets AS m WHERE m.symbol = 'T1BTC-T1USD'
$$;
PREPARE kept AS SELECT b.trade_seq, b.reason FROM trading.trade_busts AS b WHERE b.market_id = :traded;

SELECT throws_ok($$ SELECT pg_temp.put(reason => '') $$, '23514', NULL, 'a reason is not empty');
SELECT throws_ok($$ SELECT pg_temp.put(reason => repeat('x', 1001)) $$, '23514', NULL, 'nor a flood of words');
SELECT throws_ok('SELECT pg_temp.put(reason => NULL)', '23502', NULL, 'and there is one');
SELECT throws_ok('SELECT pg_temp.put(made_by => NULL)', '23502', NULL, 'of somebody');
SELECT throws_ok(
    $$ SELECT pg_temp.put(made_by => jsonb_build_object('user_id', repeat('x', 1000))) $$, '23514', NULL, 'who has a name'
);
SELECT throws_ok('SELECT pg_temp.put(market_id => -1)', '23503', NULL, 'in a market');
SELECT is_empty('kept', 'none of these is written');
SELECT lives_ok('SELECT pg_temp.put()', 'a bust is');
SELECT throws_ok('SELECT pg_temp.put(trade_seq => 8)', '23505', NULL, 'once for a trade');
SELECT throws_ok(
    $$ SELECT pg_temp.put('01694d4b-b100-7000-8000-000000000002') $$, '23505', NULL, 'and once for its number'
);
PREPARE rewrite AS UPDATE trading.trade_busts SET reason = 'none' WHERE market_id = :traded;
PREPARE forget AS DELETE FROM trading.trade_busts WHERE market_id = :traded;
SELECT throws_ok('rewrite', 'TR902', 'trading.trade_busts is append-only', 'no bust is changed, by the owner either');
SELECT throws_ok('forget', 'TR902', 'trading.trade_busts is append-only', 'none is taken back');
SELECT throws_ok('TRUNCATE trading.trade_busts', 'TR902', 'trading.trade_busts is append-only', 'nor all of them');
SELECT results_eq('kept', $$ VALUES (7::bigint, 'wrong price') $$, 'it is as it was written');

SELECT finish();
ROLLBACK;
