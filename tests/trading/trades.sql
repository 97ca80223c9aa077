-- trading.trades: the public tape, where price times quantity is exact and nothing is rewritten.

BEGIN;
SELECT plan(31);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.trades', '2031-03-01', '2031-03-01') AS made \gset

SELECT columns_are('trading', 'trades', ARRAY[
    'id', 'executed_at', 'market_id', 'seq', 'price', 'quantity', 'quote_quantity', 'taker_side', 'maker_order_id',
    'taker_order_id', 'engine_seq', 'engine_at'
]);
SELECT col_type_is('trading', 'trades', c.name, 'core', c.type::text, format('%s is a %s', c.name, c.type::text))
FROM (VALUES
    ('price', 'price'),
    ('quantity', 'quantity'),
    ('quote_quantity', 'amount')
) AS c (name, type);
SELECT indexes_are('trading', 'trades', ARRAY[
    'trades_pkey', 'trades_market_id_seq_idx', 'trades_executed_at_idx'
]);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'trading.trades'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['engine_at', 'engine_seq'], 'nothing else may be unknown'
);

SELECT is(pg_temp.refusal('trading.trades', c.changes::jsonb), c.refused, c.description)
FROM (VALUES
    ('{}', NULL, 'a trade is fine'),
    ('{"engine_seq": 7, "engine_at": "2031-03-05 09:59:59+00"}', NULL, 'so is one that an engine made'),
    (
        '{"executed_at": "2031-03-05 10:00:00.001+00"}', '23514 trades_executed_at_check',
        'a trade was settled at the time in its id'
    ),
    ('{"seq": 0}', '23514 trades_seq_check', 'trades count from one'),
    (
        '{"quote_quantity": 3.149999999999999999}', '23514 trades_quote_quantity_check',
        'the quote quantity is the product, to the last decimal'
    ),
    ('{"quote_quantity": 3.150000000000000001}', '23514 trades_quote_quantity_check', 'neither less nor more'),
    ('{"taker_side": "both"}', '23514 order_side_check', 'a side outside the list is refused'),
    (
        '{"taker_order_id": "01c1790c-d500-7000-8000-000000000003"}', '23514 trades_taker_order_id_check',
        'no order trades with itself'
    ),
    ('{"price": 0}', '23514 price_check', 'a price is positive'),
    ('{"quantity": "NaN"}', '23514 quantity_check', 'a quantity is a number'),
    ('{"quote_quantity": 1e20}', '23514 amount_check', 'an amount is below 1e20'),
    ('{"maker_order_id": null}', '23502', 'a trade has a maker'),
    (
        '{"id": "00000000-0000-7000-8000-000000000001", "executed_at": "1970-01-01 00:00:00+00"}', '23514',
        'a trade goes nowhere without a leaf'
    )
) AS c (changes, refused, description);

SELECT lives_ok($$ SELECT pg_temp.put('trading.trades') $$, 'a trade is written');
SELECT is(pg_temp.refusal('trading.trades', '{}'), '23505 trades_2031_03_pkey', 'once');
SELECT results_eq(
    format(
        'SELECT tableoid::regclass::text, quote_quantity::text FROM trading.trades WHERE market_id = %s', :open_market
    ),
    $$ VALUES ('partitions.trades_2031_03', '3.15') $$, 'it is in the leaf of its month'
);

-- What is written stays, for the owner too, through the parent and past it.
PREPARE rewrite AS UPDATE trading.trades SET market_id = -1 WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.trades WHERE market_id = :open_market;
PREPARE seen_in_the_leaf AS SELECT market_id FROM partitions.trades_2031_03 WHERE market_id = :open_market;
PREPARE rewrite_the_leaf AS UPDATE partitions.trades_2031_03 SET market_id = -1 WHERE market_id = :open_market;
PREPARE forget_the_leaf AS DELETE FROM partitions.trades_2031_03 WHERE market_id = :open_market;

SELECT throws_ok('rewrite', 'TR902', 'trading.trades is append-only', 'no row is changed');
SELECT throws_ok('forget', 'TR902', 'trading.trades is append-only', 'no row is removed');
SELECT throws_ok('TRUNCATE trading.trades', 'TR902', 'trading.trades is append-only', 'nor all of them at once');
\if :owner_is_past_rls
SELECT isnt_empty('seen_in_the_leaf', 'past the parent an owner with BYPASSRLS sees all');
\else
SELECT is_empty('seen_in_the_leaf', 'past the parent even the owner sees none');
\endif
ALTER TABLE partitions.trades_2031_03 NO FORCE ROW LEVEL SECURITY;
SELECT isnt_empty('seen_in_the_leaf', 'an owner can open a leaf');
SELECT throws_ok('rewrite_the_leaf', 'TR902', 'trading.trades is append-only', 'and still changes no row there');
SELECT throws_ok('forget_the_leaf', 'TR902', 'trading.trades is append-only', 'nor removes one');
SELECT throws_ok(
    'TRUNCATE partitions.trades_2031_03', 'TR902', 'trading.trades is append-only', 'nor all of them'
);
SELECT results_eq(
    $$ SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgenabled::text FROM pg_trigger AS t
       WHERE t.tgrelid IN ('trading.trades'::regclass, 'partitions.trades_2031_03'::regclass)
       AND NOT t.tgisinternal ORDER BY 1 DESC, 2 $$,
    $$ VALUES
        ('trading.trades', 'trades_append_only', 'A'),
        ('trading.trades', 'trades_no_truncate', 'A'),
        ('partitions.trades_2031_03', 'trades_append_only', 'A'),
        ('partitions.trades_2031_03', 'trades_no_truncate', 'A') $$,
    'a session that calls itself a replica is held to the same, on a leaf too'
);

SELECT finish();
ROLLBACK;
