-- trading.order_facts(): what a refusal may say, amounts as text.

BEGIN;
SELECT plan(2);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('trading.order_facts(uuid,integer,numeric,numeric)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);
SELECT is(
    trading.order_facts(:'alice', :traded, 100.001, 0.5),
    '{
        "argument": "expires_at", "market": "T1BTC-T1USD", "status": "open", "engine": "external",
        "user_status": "active", "max_open_orders": 200, "max_order_age": "90 days", "price": "100.001",
        "tick_size": "0.01", "last_price": null, "price_band_pct": null, "quantity": "0.5", "lot_size": "0.0001",
        "min_quantity": "0.001", "max_quantity": "1000", "notional": "50.0005", "min_notional": "1",
        "max_notional": "50000"
    }', 'the rules that may have refused, and what they were applied to'
);

SELECT finish();
ROLLBACK;
