-- trading.fills: one side of a trade, exact and final.

BEGIN;
SELECT plan(35);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.fills', '2031-03-01', '2031-03-01') AS made \gset

SELECT columns_are('trading', 'fills', ARRAY[
    'id', 'executed_at', 'trade_id', 'trade_seq', 'order_id', 'user_id', 'market_id', 'side', 'liquidity', 'price',
    'quantity', 'quote_quantity', 'fee', 'fee_asset_id', 'fee_rate', 'realized_pnl'
]);
SELECT col_type_is('trading', 'fills', c.name, 'core', c.type::text, format('%s is a %s', c.name, c.type::text))
FROM (VALUES
    ('price', 'price'),
    ('quantity', 'quantity'),
    ('quote_quantity', 'amount'),
    ('fee', 'delta'),
    ('fee_rate', 'fee_rate'),
    ('realized_pnl', 'delta')
) AS c (name, type);
SELECT indexes_are('trading', 'fills', ARRAY[
    'fills_pkey', 'fills_user_id_executed_at_id_idx', 'fills_order_id_idx', 'fills_executed_at_idx'
]);
SELECT is_empty(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'trading.fills'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    'nothing may be unknown'
);

SELECT is(pg_temp.refusal('trading.fills', c.changes::jsonb), c.refused, c.description)
FROM (VALUES
    ('{}', NULL, 'a fill is fine'),
    ('{"fee": -0.03, "fee_rate": -0.01}', NULL, 'so is one with a rebate'),
    ('{"realized_pnl": -12.345678901234567891}', NULL, 'so is a loss'),
    (
        '{"executed_at": "2031-03-05 10:00:00.001+00"}', '23514 fills_executed_at_check',
        'a fill was settled at the time in its id'
    ),
    ('{"side": "both"}', '23514 order_side_check', 'a side outside the list is refused'),
    ('{"liquidity": "broker"}', '23514 liquidity_check', 'a role outside the list is refused'),
    (
        '{"quote_quantity": 3.149999999999999999}', '23514 fills_quote_quantity_check',
        'the quote quantity is the product, to the last decimal'
    ),
    ('{"price": 0}', '23514 price_check', 'a price is positive'),
    ('{"quantity": "NaN"}', '23514 quantity_check', 'a quantity is a number'),
    ('{"quote_quantity": 1e20}', '23514 amount_check', 'an amount is below 1e20'),
    ('{"fee": "Infinity"}', '23514 delta_check', 'a fee is finite'),
    ('{"fee_rate": 0.11}', '23514 fee_rate_check', 'a fee is at most a tenth'),
    ('{"realized_pnl": null}', '23502', 'what it won is known'),
    (
        '{"id": "00000000-0000-7000-8000-000000000001", "executed_at": "1970-01-01 00:00:00+00"}', '23514',
        'a fill goes nowhere without a leaf'
    )
) AS c (changes, refused, description);

SELECT lives_ok($$ SELECT pg_temp.put('trading.fills') $$, 'a fill is written');
SELECT is(pg_temp.refusal('trading.fills', '{}'), '23505 fills_2031_03_pkey', 'once');
SELECT results_eq(
    format('SELECT tableoid::regclass::text, fee::text FROM trading.fills WHERE market_id = %s', :open_market),
    $$ VALUES ('partitions.fills_2031_03', '0.01') $$, 'it is in the leaf of its month'
);

-- What is written stays, for the owner too, through the parent and past it.
PREPARE rewrite AS UPDATE trading.fills SET market_id = -1 WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.fills WHERE market_id = :open_market;
PREPARE seen_in_the_leaf AS SELECT market_id FROM partitions.fills_2031_03 WHERE market_id = :open_market;
PREPARE rewrite_the_leaf AS UPDATE partitions.fills_2031_03 SET market_id = -1 WHERE market_id = :open_market;
PREPARE forget_the_leaf AS DELETE FROM partitions.fills_2031_03 WHERE market_id = :open_market;

SELECT throws_ok('rewrite', 'TR902', 'trading.fills is append-only', 'no row is changed');
SELECT throws_ok('forget', 'TR902', 'trading.fills is append-only', 'no row is removed');
SELECT throws_ok('TRUNCATE trading.fills', 'TR902', 'trading.fills is append-only', 'nor all of them at once');
\if :owner_is_past_rls
SELECT isnt_empty('seen_in_the_leaf', 'past the parent an owner with BYPASSRLS sees all');
\else
SELECT is_empty('seen_in_the_leaf', 'past the parent even the owner sees none');
\endif
ALTER TABLE partitions.fills_2031_03 NO FORCE ROW LEVEL SECURITY;
SELECT isnt_empty('seen_in_the_leaf', 'an owner can open a leaf');
SELECT throws_ok('rewrite_the_leaf', 'TR902', 'trading.fills is append-only', 'and still changes no row there');
SELECT throws_ok('forget_the_leaf', 'TR902', 'trading.fills is append-only', 'nor removes one');
SELECT throws_ok(
    'TRUNCATE partitions.fills_2031_03', 'TR902', 'trading.fills is append-only', 'nor all of them'
);
SELECT results_eq(
    $$ SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgenabled::text FROM pg_trigger AS t
       WHERE t.tgrelid IN ('trading.fills'::regclass, 'partitions.fills_2031_03'::regclass)
       AND NOT t.tgisinternal ORDER BY 1 DESC, 2 $$,
    $$ VALUES
        ('trading.fills', 'fills_append_only', 'A'),
        ('trading.fills', 'fills_no_truncate', 'A'),
        ('partitions.fills_2031_03', 'fills_append_only', 'A'),
        ('partitions.fills_2031_03', 'fills_no_truncate', 'A') $$,
    'a session that calls itself a replica is held to the same, on a leaf too'
);

SELECT finish();
ROLLBACK;
