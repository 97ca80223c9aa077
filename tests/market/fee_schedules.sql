-- market.fee_schedules: a tier pays one pair of rates per market, and one where a market has none of its own.

BEGIN;
SELECT plan(26);
\ir ../fixtures/two_markets.psql

SELECT columns_are('market', 'fee_schedules', ARRAY[
    'id', 'fee_tier', 'market_id', 'maker_fee_rate', 'taker_fee_rate'
]);
SELECT col_type_is('market', 'fee_schedules', 'maker_fee_rate', 'core', 'fee_rate', 'what a maker pays is a rate');
SELECT col_type_is('market', 'fee_schedules', 'taker_fee_rate', 'core', 'fee_rate', 'what a taker pays is a rate');
SELECT indexes_are('market', 'fee_schedules', ARRAY[
    'fee_schedules_pkey', 'fee_schedules_fee_tier_market_id_key', 'fee_schedules_market_id_idx'
]);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'market.fee_schedules'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['market_id'],
    'nothing else may be unknown'
);

PREPARE tier(text, integer, numeric, numeric) AS
INSERT INTO market.fee_schedules (fee_tier, market_id, maker_fee_rate, taker_fee_rate) VALUES ($1, $2, $3, $4);
PREPARE delist AS DELETE FROM market.markets WHERE symbol = 'T1BTC-T1USD';
PREPARE rates AS
SELECT market_id, maker_fee_rate::text, taker_fee_rate::text FROM market.fee_schedules
WHERE fee_tier = 't1_vip' ORDER BY market_id NULLS FIRST;

SELECT lives_ok($$ EXECUTE tier('t1_vip', NULL, 0, 0.001) $$, 'a tier has rates for every market');
SELECT lives_ok(format($$ EXECUTE tier('t1_vip', %s, -0.01, 0.1) $$, :open_market), 'and others for one of them');
SELECT lives_ok(format($$ EXECUTE tier('t1_new', %s, 0, 0) $$, :open_market), 'another tier has its own there');
SELECT results_eq(
    'rates', format($$ VALUES (NULL::integer, '0', '0.001'), (%s, '-0.01', '0.1') $$, :open_market),
    'both rows of the tier are there'
);
SELECT throws_ok(
    $$ EXECUTE tier('t1_vip', NULL, 0, 0) $$, '23505', NULL, 'a tier has one row for every market, not two'
);
SELECT throws_ok(
    format($$ EXECUTE tier('t1_vip', %s, 0, 0) $$, :open_market), '23505', NULL, 'and one for a market'
);
SELECT throws_ok($$ EXECUTE tier('t1_vip', -1, 0, 0) $$, '23503', NULL, 'the market is one of ours');
SELECT throws_ok('delist', '23503', NULL, 'a market stays while a tier names it');

SELECT throws_ok(format('EXECUTE tier(%L, NULL, 0, 0)', t.tier), '23514', NULL, format('%s names no tier', t.name))
FROM (VALUES
    ('nothing', ''), ('upper case', 'T1_VIP'), ('a blank', 't1 vip'), ('a hyphen', 't1-vip'),
    ('a newline at the end', E't1_vip\n'), ('33 characters', repeat('t', 33))
) AS t (name, tier);
SELECT lives_ok(format('EXECUTE tier(%L, NULL, 0, 0)', repeat('t', 32)), '32 characters do');
SELECT throws_ok($$ EXECUTE tier('t1_x', NULL, 0.11, 0) $$, '23514', NULL, 'a fee is at most a tenth');
SELECT throws_ok($$ EXECUTE tier('t1_x', NULL, 0, -0.011) $$, '23514', NULL, 'a rebate at most a hundredth');
SELECT throws_ok($$ EXECUTE tier('t1_x', NULL, 0, 'NaN') $$, '23514', NULL, 'a rate is a number');
SELECT throws_ok($$ EXECUTE tier('t1_x', NULL, NULL, 0) $$, '23502', NULL, 'a maker''s rate is known');
SELECT throws_ok(
    'UPDATE market.fee_schedules SET id = 1 WHERE FALSE', '428C9', NULL, 'the server numbers the rows'
);

SELECT throws_ok(
    $$ INSERT INTO market.fee_schedules (id, fee_tier, maker_fee_rate, taker_fee_rate) OVERRIDING SYSTEM VALUE
       SELECT r.id, 't1_newer', 0, 0 FROM market.fee_schedules AS r WHERE r.fee_tier = 't1_new' $$,
    '23505', 'duplicate key value violates unique constraint "fee_schedules_pkey"', 'a number is of one row'
);

SELECT finish();
ROLLBACK;
