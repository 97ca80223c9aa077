-- trading.bust_trade(): what a trade moved goes back to the cent, positions are as if it had not been, and nothing that
-- was written is rewritten.

BEGIN;
SELECT plan(48);
\ir ../fixtures/trading_settlement.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('trading', 'bust_trade', ARRAY['text', 'bigint', 'text']);
SELECT function_owner_is('trading', 'bust_trade', ARRAY['text', 'bigint', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('trading.bust_trade(text,bigint,text)'), ARRAY['tradebase_operator'], 'only an operator may'
);

PREPARE bust(bigint) AS SELECT trading.bust_trade('T1BTC-T1USD', $1, 'wrong price');
PREPARE bust_for(text) AS SELECT trading.bust_trade('T1BTC-T1USD', 2, $1);
PREPARE balances AS
SELECT b.user_id, a.code, trim_scale(b.available), trim_scale(b.held)
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id IN (:'alice', :'bob', :'carol') AND a.code IN ('T1USD', 'T1BTC') ORDER BY b.user_id, a.code COLLATE "C";
PREPARE positions AS
SELECT
    p.user_id, trim_scale(p.quantity), trim_scale(p.entry_cost), trim_scale(p.realized_pnl), trim_scale(p.fees)
FROM trading.positions AS p WHERE p.market_id = :btc_usd ORDER BY p.user_id;
PREPARE violated AS SELECT check_name, sample FROM ops.verify_integrity() WHERE bad_count > 0;
PREPARE last_price AS SELECT trim_scale(s.last_price)::text, s.last_trade_seq FROM market.market_state AS s WHERE s.market_id = :btc_usd;
PREPARE history AS
SELECT md5(string_agg(r.line, chr(10) ORDER BY r.line COLLATE "C"))
FROM (
    SELECT o::text AS line FROM trading.orders AS o WHERE o.market_id = :btc_usd
    UNION ALL SELECT t::text FROM trading.trades AS t WHERE t.market_id = :btc_usd
    UNION ALL SELECT f::text FROM trading.fills AS f WHERE f.market_id = :btc_usd
    UNION ALL SELECT s::text FROM market.market_state AS s WHERE s.market_id = :btc_usd
) AS r (line);

-- Alice buys 1 at 100, then 1 at 200, and sells 1 at 300: to Bob and Carol. Makers get a rebate, takers pay.
SELECT pg_temp.place('bid1', :'alice', 'buy', 1, 100);
SELECT pg_temp.place('ask1', :'bob', 'sell', 1, 100);
SELECT pg_temp.place('bid2', :'alice', 'buy', 1, 200);
SELECT pg_temp.place('ask2', :'carol', 'sell', 1, 200);
SELECT pg_temp.place('ask3', :'alice', 'sell', 1, 300);
SELECT pg_temp.place('bid3', :'bob', 'buy', 1, 300);
SELECT trading.settle_trades(
    pg_temp.batch(1, 'bid1 ask1 100 1', 'bid2 ask2 200 1', 'ask3 bid3 300 1')
) -> 0 ->> 'applied' AS settled \gset
SELECT results_eq('balances', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', 101.0, 0.0),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 10000.30, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 100, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 9799.20, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1BTC', 99, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 10199.60, 0)
$$, 'three trades were settled');
SELECT results_eq('positions', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 1.0, 150.0, 150.0, -0.30),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 0, 0, -200, 0.80),
    ('cccccccc-0000-4000-8000-00000000000c', -1, -200, 0, 0.40)
$$, 'and made positions');

-- Who may
SET LOCAL ROLE anon;
SELECT throws_ok('EXECUTE bust(2)', '42501', NULL, 'nobody off the street busts');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('EXECUTE bust(2)', '42501', NULL, 'nor does Alice, whose trade it is');
SET LOCAL request.jwt.claims = :'bob_claims';
SELECT throws_ok('EXECUTE bust(2)', '42501', NULL, 'nor Bob');
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE bust(2)', '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('EXECUTE bust(2)', '42501', NULL, 'nor the engine that made it');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('EXECUTE bust(2)', '42501', NULL, 'nor support');

-- Bad input
RESET ROLE;
SELECT pg_temp.state() AS before \gset
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE bust_for(NULL)', 'TR010', 'invalid reason', 'without a reason nothing is taken back');
SELECT throws_ok($$ EXECUTE bust_for('') $$, 'TR010', 'invalid reason', 'nor with an empty one');
SELECT throws_ok($$ EXECUTE bust_for('  ') $$, 'TR010', 'invalid reason', 'or a blank one');
SELECT throws_ok($$ EXECUTE bust_for(E'\t\n') $$, 'TR010', 'invalid reason', 'or one that no eye sees');
SELECT throws_ok($$ EXECUTE bust_for(repeat('x', 1001)) $$, 'TR010', 'invalid reason', 'or a flood of words');
SELECT throws_ok('EXECUTE bust(NULL)', 'TR010', 'invalid trade_seq', 'a trade has a number');
SELECT throws_ok('EXECUTE bust(4)', 'TR404', 'unknown trade', 'that was reached');
SELECT throws_ok('EXECUTE bust(-1)', 'TR404', 'unknown trade', 'from one on');
SELECT throws_ok(
    $$ SELECT trading.bust_trade('T1-NOT-HERE', 1, 'why') $$, 'TR001', 'unknown market', 'in a market that is there'
);
SELECT throws_ok(
    $$ SELECT trading.bust_trade('T1OLD-T1USD', 1, 'why') $$, 'TR404', 'unknown trade', 'not in another one'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of('EXECUTE bust(4)'), '{"market": "T1BTC-T1USD", "trade_seq": 4}', 'the detail names the trade'
);

-- Spent: Carol no longer has the quote that she got, Alice no longer the base.
SELECT portfolio.transfer_for(:'carol', :'dave', 'T1USD', 10100, 'spend') ->> 'status' AS spent \gset
SELECT throws_ok(
    'EXECUTE bust(2)', 'TR101', 'the sell side no longer has what it got', 'what was spent cannot go back'
);
SELECT is(
    pg_temp.detail_of('EXECUTE bust(2)'), '{"side": "sell", "asset": "T1USD", "needed": "199.6"}',
    'the detail says whose side lacks what, and not what they have'
);
SELECT portfolio.transfer_for(:'alice', :'dave', 'T1BTC', 100.5, 'spend') ->> 'status' AS spent \gset
SELECT is(
    pg_temp.detail_of('EXECUTE bust(2)'), '{"side": "buy", "asset": "T1BTC", "needed": "1"}', 'of both the buyer first'
);
SELECT portfolio.transfer_for(:'dave', :'alice', 'T1BTC', 100.5, 'back') ->> 'status' AS back \gset
SELECT portfolio.transfer_for(:'dave', :'carol', 'T1USD', 10100, 'back:2') ->> 'status' AS back \gset
SELECT is_empty(
    $$ SELECT FROM trading.trade_busts AS b JOIN market.markets AS m ON m.id = b.market_id
       WHERE m.symbol = 'T1BTC-T1USD' $$, 'no refusal left a bust'
);
SELECT results_eq('positions', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 1.0, 150.0, 150.0, -0.30),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 0, 0, -200, 0.80),
    ('cccccccc-0000-4000-8000-00000000000c', -1, -200, 0, 0.40)
$$, 'or touched a position');

-- Taken back: the second trade
EXECUTE history \gset
SELECT :'md5' AS history \gset
SET LOCAL request.jwt.claims = :'bob_claims';
SET LOCAL ROLE tradebase_operator;
SELECT is(
    (SELECT d - ARRAY['trade_id', 'journal_id', 'created_at'] FROM trading.bust_trade('T1BTC-T1USD', 2, 'wrong price') AS d),
    '{"market": "T1BTC-T1USD", "trade_seq": 2, "price": "200", "quantity": "1", "reason": "wrong price"}',
    'the answer says which trade'
);
RESET ROLE;
RESET request.jwt.claims;
SELECT results_eq('balances', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', 100.0, 0.0),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 10200.20, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 100, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 9799.20, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1BTC', 100, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 10000, 0)
$$, 'price, coin, fee and rebate went back, to the cent');
SELECT results_eq('positions', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 0.0, 0.0, 200.0, -0.20),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 0, 0, -200, 0.80),
    ('cccccccc-0000-4000-8000-00000000000c', 0, 0, 0, 0)
$$, 'positions are what the other fills make: Alice sold what she bought at 100');
SELECT results_eq('history', ARRAY[:'history'], 'no order, trade, fill or watermark was touched');
SELECT results_eq(
    $$ SELECT b.trade_seq, b.reason, b.made_by ->> 'database_role', b.made_by ->> 'user_id', (
           SELECT array_agg(DISTINCT l.reason::text || l.ref_id)
           FROM portfolio.ledger_entries AS l WHERE l.journal_id = b.journal_id
       ) = ARRAY['trade_bust' || b.trade_id]
       FROM trading.trade_busts AS b JOIN market.markets AS m ON m.id = b.market_id
       WHERE m.symbol = 'T1BTC-T1USD' $$,
    $$ VALUES (2::bigint, 'wrong price', 'tradebase_operator', 'bbbbbbbb-0000-4000-8000-00000000000b', TRUE) $$,
    'the row says why and who, and leads to the journal'
);
SELECT is_empty('violated', 'and the books agree');

-- Twice
SELECT pg_temp.state() AS busted \gset
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE bust(2)', 'TR402', 'the trade is busted already', 'no trade is taken back twice');
RESET ROLE;
SELECT is(pg_temp.state(), :'busted', 'which moves nothing');

-- Trading goes on, and the others can go too.
SELECT pg_temp.place('bid4', :'carol', 'buy', 2, 50);
SELECT pg_temp.place('ask4', :'alice', 'sell', 2, 50);
SELECT trading.settle_trades(pg_temp.batch(4, 'bid4 ask4 50 2')) -> 0 ->> 'applied' AS settled \gset
SELECT results_eq('positions', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, -2.0, -100.0, 200.0, 0.0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 0, 0, -200, 0.80),
    ('cccccccc-0000-4000-8000-00000000000c', 2, 100, 0, -0.05)
$$, 'the next trade goes on from there');
SELECT is_empty('violated', 'and the books agree');
SELECT lives_ok('EXECUTE bust(1)', 'the first trade');
SELECT is_empty('violated', 'and the books agree');
SELECT results_eq('last_price', $$ VALUES ('50', 4::bigint) $$, 'no newer price was taken back');
SELECT lives_ok('EXECUTE bust(4)', 'the last');
SELECT results_eq(
    'last_price', $$ VALUES ('300', 4::bigint) $$, 'bands and collars go by the last trade that counts, whatever was counted'
);
SELECT lives_ok('EXECUTE bust(3)', 'and the third');
SELECT results_eq('last_price', $$ VALUES (NULL, 4::bigint) $$, 'where none counts there is no price');
SELECT results_eq('positions', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 0.0, 0.0, 0.0, 0.0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 0, 0, 0, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 0, 0, 0, 0)
$$, 'nothing is left of what was not');
SELECT results_eq('balances', $$ VALUES
    ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, 'T1BTC', 100.0, 0.0),
    ('aaaaaaaa-0000-4000-8000-00000000000a', 'T1USD', 10000, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1BTC', 100, 0),
    ('bbbbbbbb-0000-4000-8000-00000000000b', 'T1USD', 10000, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1BTC', 100, 0),
    ('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 10000, 0)
$$, 'everybody has what they came with');
SELECT is_empty('violated', 'and the books agree');
SELECT is_empty(
    $$ SELECT FROM portfolio.balances AS b JOIN identity.users AS u ON u.id = b.user_id AND u.kind = 'system' $$,
    'the platform has no balance'
);

SELECT finish();
ROLLBACK;
