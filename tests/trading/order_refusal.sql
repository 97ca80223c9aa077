-- trading.order_refusal(): the rules of a market applied to an order, the first that refuses it.

BEGIN;
SELECT plan(41);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.who_may_execute('trading.order_refusal'::regproc), ARRAY['tradebase_kernel'], 'only the kernel may');
SELECT is(
    (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = 'trading.order_refusal'::regproc),
    TRUE, 'it can be inlined'
);

CREATE FUNCTION pg_temp.refusal(changes jsonb) RETURNS text LANGUAGE sql AS $$
SELECT trading.order_refusal(
    r ->> 'engine', (r ->> 'trading_enabled')::boolean, r ->> 'status', (r ->> 'post_only')::boolean,
    r ->> 'user_status', (r ->> 'reduces')::boolean, (r ->> 'open_orders')::bigint, (r ->> 'max_open_orders')::integer,
    r ->> 'type', (r ->> 'price')::numeric, (r ->> 'tick_size')::numeric, (r ->> 'last_price')::numeric,
    (r ->> 'price_band_pct')::numeric, (r ->> 'quantity')::numeric, (r ->> 'lot_size')::numeric,
    (r ->> 'min_quantity')::numeric, (r ->> 'max_quantity')::numeric, (r ->> 'min_notional')::numeric,
    (r ->> 'max_notional')::numeric, r ->> 'time_in_force', (r ->> 'expires_at')::timestamptz,
    '2031-03-05 10:00+00', '90 days'
)
FROM (SELECT jsonb_build_object(
    'engine', 'external', 'trading_enabled', TRUE, 'status', 'open', 'post_only', FALSE, 'user_status', 'active',
    'reduces', FALSE, 'open_orders', 4, 'max_open_orders', 5, 'type', 'limit', 'price', '100.01', 'tick_size', '0.01',
    'quantity', '1.5', 'lot_size', '0.1', 'time_in_force', 'gtc'
) || changes) AS c (r)
$$;
SELECT is(pg_temp.refusal(f.changes), f.code, format('%s: %s', f.changes, coalesce(f.code, 'accepted')))
FROM (VALUES
    ('{}'::jsonb, NULL), ('{"engine": "embedded"}', 'TR307'), ('{"trading_enabled": false}', 'TR904'),
    ('{"trading_enabled": null}', 'TR904'), ('{"status": "halted"}', 'TR002'), ('{"status": "pre_open"}', 'TR002'),
    ('{"status": "closed"}', 'TR002'), ('{"status": "cancel_only"}', 'TR002'), ('{"status": "post_only"}', 'TR002'),
    ('{"status": "post_only", "post_only": true}', NULL), ('{"user_status": "suspended"}', 'TR008'),
    ('{"user_status": "closed"}', 'TR008'), ('{"user_status": "restricted"}', 'TR008'),
    ('{"user_status": "restricted", "reduces": true}', NULL), ('{"open_orders": 5}', 'TR009'),
    ('{"price": null}', 'TR006'), ('{"price": "100.001"}', 'TR003'), ('{"price": "100.001", "type": "market"}', NULL),
    ('{"last_price": "100", "price_band_pct": "10"}', NULL), ('{"last_price": "80"}', NULL),
    ('{"last_price": "90", "price_band_pct": "10"}', 'TR006'), ('{"price": "110", "last_price": "100", "price_band_pct": "10"}', NULL),
    ('{"price": "110.01", "last_price": "100", "price_band_pct": "10"}', 'TR006'),
    ('{"price": "89.99", "last_price": "100", "price_band_pct": "10"}', 'TR006'),
    ('{"price": "120", "type": "market", "last_price": "100", "price_band_pct": "10"}', NULL),
    ('{"quantity": "1.55"}', 'TR004'), ('{"min_quantity": "1.6"}', 'TR004'), ('{"min_quantity": "1.5"}', NULL),
    ('{"max_quantity": "1.4"}', 'TR004'), ('{"max_quantity": "1.5"}', NULL), ('{"min_notional": "151"}', 'TR005'),
    ('{"min_notional": "150.015"}', NULL), ('{"max_notional": "150"}', 'TR005'),
    ('{"price": "1e17", "quantity": "1e3"}', 'TR005'),
    ('{"time_in_force": "gtd", "expires_at": "2031-03-05 10:00+00"}', 'TR010'),
    ('{"time_in_force": "gtd", "expires_at": "2031-06-03 10:00+00"}', NULL),
    ('{"time_in_force": "gtd", "expires_at": "2031-06-03 10:00:01+00"}', 'TR010'),
    ('{"time_in_force": "gtd", "expires_at": "infinity"}', 'TR010'),
    ('{"status": "halted", "engine": "embedded"}', 'TR307')
) AS f (changes, code);

SELECT finish();
ROLLBACK;
