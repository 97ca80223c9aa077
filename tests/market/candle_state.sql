-- market.candle_state: a watermark per market, and the latest time it has seen.

BEGIN;
SELECT plan(9);
\ir ../fixtures/two_markets.psql

SELECT columns_are('market', 'candle_state', ARRAY['market_id', 'last_seq', 'newest_at', 'updated_at']);
SELECT indexes_are('market', 'candle_state', ARRAY['candle_state_pkey']);

PREPARE watermark(integer, bigint, timestamptz) AS
INSERT INTO market.candle_state (market_id, last_seq, newest_at) VALUES ($1, $2, $3);
SELECT lives_ok(format('EXECUTE watermark(%s, 0, NULL)', :open_market), 'a market''s begins with nothing');
SELECT throws_ok(format('EXECUTE watermark(%s, 0, NULL)', :open_market), '23505', NULL, 'a market has one');
SELECT throws_ok('EXECUTE watermark(-1, 0, NULL)', '23503', NULL, 'the market is one of ours');
SELECT throws_ok(
    format($$ EXECUTE watermark(%s, -1, '2031-03-03') $$, :closed_market), '23514', NULL, 'it counts from nothing'
);
SELECT throws_ok(
    format('EXECUTE watermark(%s, 1, NULL)', :closed_market), '23514', NULL, 'what is rolled was traded at some time'
);
SELECT throws_ok(
    format($$ EXECUTE watermark(%s, 0, '2031-03-03') $$, :closed_market), '23514', NULL, 'and nothing at none'
);
SELECT lives_ok(format($$ EXECUTE watermark(%s, 1, '2031-03-03') $$, :closed_market), 'one trade has both');

SELECT finish();
ROLLBACK;
