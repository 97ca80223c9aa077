-- trading.positions: one row per user and market, whose cost has the sign of what is open.

BEGIN;
SELECT plan(27);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/two_markets.psql

SELECT columns_are('trading', 'positions', ARRAY[
    'user_id', 'market_id', 'quantity', 'entry_cost', 'realized_pnl', 'fees', 'opened_at', 'updated_at', 'version'
]);
SELECT col_type_is('trading', 'positions', c.name, 'core', 'delta', format('%s has a sign', c.name))
FROM unnest(ARRAY['quantity', 'entry_cost', 'realized_pnl', 'fees']) AS c (name);
SELECT indexes_are('trading', 'positions', ARRAY['positions_pkey', 'positions_market_id_idx']);
SELECT is_empty(
    $$ SELECT a.attname FROM pg_attribute AS a
       WHERE a.attrelid = 'trading.positions'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped $$,
    'nothing may be unknown'
);

PREPARE begin_position(uuid, integer) AS INSERT INTO trading.positions (user_id, market_id) VALUES ($1, $2);
PREPARE stand(numeric, numeric) AS
UPDATE trading.positions SET quantity = $1, entry_cost = $2 WHERE user_id = :'alice' AND market_id = :open_market;
PREPARE won(numeric, numeric) AS
UPDATE trading.positions SET realized_pnl = $1, fees = $2 WHERE user_id = :'alice' AND market_id = :open_market;
PREPARE alice_position AS
SELECT quantity::text, entry_cost::text, realized_pnl::text, fees::text, version FROM trading.positions
WHERE user_id = :'alice' AND market_id = :open_market;
PREPARE delist AS DELETE FROM market.markets WHERE id = :open_market;
PREPARE leave AS DELETE FROM identity.users WHERE id = :'alice';

SELECT lives_ok(format('EXECUTE begin_position(%L, %s)', :'alice', :open_market), 'Alice begins a position');
SELECT results_eq('alice_position', $$ VALUES ('0', '0', '0', '0', 0::bigint) $$, 'it begins with nothing');
SELECT throws_ok(
    format('EXECUTE begin_position(%L, %s)', :'alice', :open_market), '23505', NULL, 'she has one in a market'
);
SELECT lives_ok(format('EXECUTE begin_position(%L, %s)', :'bob', :open_market), 'Bob has his own there');
SELECT throws_ok(
    format('EXECUTE begin_position(%L, %s)', '01c1790c-d500-7000-8000-000000000001', :open_market), '23503', NULL,
    'a position is a user''s'
);
SELECT throws_ok(format('EXECUTE begin_position(%L, -1)', :'alice'), '23503', NULL, 'in a market of ours');
SELECT throws_ok('delist', '23503', NULL, 'a market that has positions stays');
-- ON DELETE RESTRICT has a code of its own from PostgreSQL 18 on.
SELECT throws_ok(
    'leave', CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN '23001' ELSE '23503' END, NULL,
    'so does a user who has one'
);

SELECT throws_ok('EXECUTE stand(1, -10)', '23514', NULL, 'what is long was paid for');
SELECT throws_ok('EXECUTE stand(-1, 10)', '23514', NULL, 'what is short was paid for by others');
SELECT throws_ok('EXECUTE stand(0, 10)', '23514', NULL, 'what is closed costs nothing');
SELECT throws_ok('EXECUTE stand(0, -10)', '23514', NULL, 'neither way');
SELECT throws_ok($$ EXECUTE stand('NaN', 0) $$, '23514', NULL, 'a quantity is a number');
SELECT throws_ok('EXECUTE won(1e20, 0)', '23514', NULL, 'a gain is below 1e20');
SELECT throws_ok('EXECUTE won(0, 1e-19)', '23514', NULL, 'fees have at most 18 decimals');
SELECT lives_ok('EXECUTE stand(1, 10)', 'long is fine');
SELECT lives_ok('EXECUTE stand(-1, -10)', 'so is short');
SELECT lives_ok('EXECUTE stand(1, 0)', 'and what cost too little to count');
SELECT lives_ok('EXECUTE won(-5, -0.01)', 'a loss and a rebate');
SELECT results_eq('alice_position', $$ VALUES ('1', '0', '-5', '-0.01', 0::bigint) $$, 'the last of each is there');

SELECT finish();
ROLLBACK;
