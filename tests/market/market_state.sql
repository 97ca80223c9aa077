-- market.market_state: how far a market's engine is settled and its last price agree with each other.

BEGIN;
SELECT plan(26);
\ir ../fixtures/two_markets.psql

SELECT columns_are('market', 'market_state', ARRAY[
    'market_id', 'last_engine_seq', 'last_trade_seq', 'last_price', 'last_trade_at', 'mark_price', 'mark_at',
    'updated_at'
]);
SELECT col_type_is('market', 'market_state', 'last_price', 'core', 'price', 'the last price is a price');
SELECT col_type_is('market', 'market_state', 'mark_price', 'core', 'price', 'a mark is a price');
SELECT indexes_are('market', 'market_state', ARRAY['market_state_pkey']);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'market.market_state'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['last_price', 'last_trade_at', 'mark_at', 'mark_price'],
    'nothing else may be unknown'
);

PREPARE first_settlement(integer) AS INSERT INTO market.market_state (market_id) VALUES ($1);
PREPARE settled(bigint, bigint, numeric, timestamptz) AS
UPDATE market.market_state SET last_engine_seq = $1, last_trade_seq = $2, last_price = $3, last_trade_at = $4
WHERE market_id = :open_market;
PREPARE marked(numeric, timestamptz) AS
UPDATE market.market_state SET mark_price = $1, mark_at = $2 WHERE market_id = :open_market;
PREPARE state AS
SELECT last_engine_seq, last_trade_seq, last_price::text, mark_price::text FROM market.market_state
WHERE market_id = :open_market;
PREPARE delist AS DELETE FROM market.markets WHERE id = :open_market;

SELECT lives_ok(format('EXECUTE first_settlement(%s)', :open_market), 'a market''s state begins');
SELECT results_eq(
    'state', 'VALUES (0::bigint, 0::bigint, NULL::text, NULL::text)', 'with nothing settled and no price'
);
SELECT throws_ok(format('EXECUTE first_settlement(%s)', :open_market), '23505', NULL, 'it begins once');
SELECT throws_ok('EXECUTE first_settlement(-1)', '23503', NULL, 'the market is one of ours');
SELECT throws_ok('delist', '23503', NULL, 'a market that has a state stays');

SELECT throws_ok(c.command, '23514', NULL, c.description)
FROM (VALUES
    ($$ EXECUTE settled(1, 2, 10, '2031-03-05 10:00:00+00') $$, 'no more trades than the engine said'),
    ('EXECUTE settled(0, -1, NULL, NULL)', 'trades count up from nothing'),
    ($$ EXECUTE settled(1, 1, NULL, '2031-03-05 10:00:00+00') $$, 'a time of a last price has one'),
    ('EXECUTE settled(1, 1, 10, NULL)', 'and it has a time'),
    (
        $$ EXECUTE settled(1, 0, 10, '2031-03-05 10:00:00+00') $$, 'before the first trade there is no last price'
    ),
    ($$ EXECUTE settled(1, 0, NULL, '2031-03-05 10:00:00+00') $$, 'nor its time'),
    ($$ EXECUTE settled(1, 1, 0, '2031-03-05 10:00:00+00') $$, 'a last price is positive'),
    ('EXECUTE marked(10, NULL)', 'a mark has a time'),
    ($$ EXECUTE marked(NULL, '2031-03-05 10:00:00+00') $$, 'a time of a mark has a mark'),
    ($$ EXECUTE marked('NaN', '2031-03-05 10:00:00+00') $$, 'a mark is a number')
) AS c (command, description);

SELECT lives_ok('EXECUTE settled(7, 0, NULL, NULL)', 'an engine says more than trades');
SELECT lives_ok($$ EXECUTE settled(9, 2, 10.5, '2031-03-05 10:00:00+00') $$, 'trades bring a last price');
SELECT lives_ok('EXECUTE settled(9, 2, NULL, NULL)', 'which goes when they are taken back');
SELECT lives_ok($$ EXECUTE settled(9, 2, 10.5, '2031-03-05 10:00:00+00') $$, 'and comes again');
SELECT lives_ok($$ EXECUTE marked(11, '2031-03-05 10:00:00+00') $$, 'a mark needs no trade');
SELECT results_eq('state', $$ VALUES (9::bigint, 2::bigint, '10.5', '11') $$, 'all of it is there');

SELECT finish();
ROLLBACK;
