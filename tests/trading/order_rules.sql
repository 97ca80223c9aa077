-- trading.order_rules(): what decides about an order of a user in a market, and whose fees they pay.

BEGIN;
SELECT plan(9);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.who_may_execute('trading.order_rules(uuid,integer)'), ARRAY['tradebase_kernel'], 'only the kernel may');

PREPARE rules AS
SELECT
    r.symbol, r.status, r.engine, r.engine_acks, r.base_asset_id = :t1btc, r.quote_asset_id = :t1usd, r.quote_scale,
    r.tick_size, r.lot_size, r.max_notional, r.max_open_orders, r.default_stp, r.user_status, r.trading_enabled,
    r.max_order_age, r.open_orders
FROM trading.order_rules(:'alice', :traded) AS r;
PREPARE fees AS SELECT r.maker_fee_rate, r.taker_fee_rate FROM trading.order_rules(:'alice', :traded) AS r;
PREPARE last_price AS SELECT r.last_price FROM trading.order_rules(:'alice', :traded) AS r;

SELECT results_eq(
    'rules',
    $$ VALUES (
        'T1BTC-T1USD', 'open', 'external', FALSE, TRUE, TRUE, 10, 0.01, 0.0001, 50000::numeric, 200, 'cancel_taker',
        'active', TRUE, INTERVAL '90 days', 0::bigint
    ) $$, 'the market''s, the user''s and the platform''s'
);
SELECT results_eq('fees', $$ VALUES (0.001, 0.002) $$, 'without a tier the market''s fees');
INSERT INTO market.fee_schedules (fee_tier, market_id, maker_fee_rate, taker_fee_rate) VALUES ('t1_tier', NULL, 0, 0.0005);
SELECT results_eq('fees', $$ VALUES (0::numeric, 0.0005) $$, 'with one the tier''s');
INSERT INTO market.fee_schedules (fee_tier, market_id, maker_fee_rate, taker_fee_rate)
VALUES ('t1_tier', :traded, -0.0001, 0.0003), ('t1_tier', :acked, 0.05, 0.05);
SELECT results_eq('fees', $$ VALUES (-0.0001, 0.0003) $$, 'the tier''s in this market before all');
SELECT results_eq('last_price', ARRAY[NULL::numeric], 'nobody has traded');
INSERT INTO market.market_state (market_id, last_engine_seq, last_trade_seq, last_price, last_trade_at)
VALUES (:traded, 1, 1, 101.5, clock_timestamp());
SELECT results_eq('last_price', ARRAY[101.5], 'the last price is the market''s');
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100) -> 'order' ->> 'status' AS placed \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100) -> 'order' ->> 'status' AS placed \gset
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 0.5, 100) -> 'order' ->> 'status' AS placed \gset
SELECT is(
    (SELECT r.open_orders FROM trading.order_rules(:'alice', :traded) AS r), 1::bigint,
    'her open orders in this market are counted'
);
SELECT is_empty(
    format('SELECT r.symbol FROM trading.order_rules(%L, %s) AS r', 'dddddddd-0000-4000-8000-00000000000d', :traded),
    'a stranger has no rules'
);

SELECT finish();
ROLLBACK;
