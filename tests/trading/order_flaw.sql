-- trading.order_flaw(): what is wrong in a request by itself, the first of it.

BEGIN;
SELECT plan(38);
\ir ../fixtures/core_grants.psql

\set signature 'trading.order_flaw(uuid,text,text,text,numeric,numeric,text,text,boolean,timestamptz,text)'
SELECT is(pg_temp.who_may_execute(:'signature'), ARRAY['tradebase_kernel'], 'only the kernel may');
SELECT is(
    (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = :'signature'::regprocedure), TRUE,
    'it can be inlined'
);

CREATE FUNCTION pg_temp.flaw(changes jsonb) RETURNS text LANGUAGE sql AS $$
SELECT trading.order_flaw(
    (r ->> 'user_id')::uuid, r ->> 'market', r ->> 'side', r ->> 'type', (r ->> 'quantity')::numeric,
    (r ->> 'price')::numeric, r ->> 'time_in_force', r ->> 'client_order_id', (r ->> 'post_only')::boolean,
    (r ->> 'expires_at')::timestamptz, r ->> 'stp'
)
FROM (SELECT jsonb_build_object(
    'user_id', 'aaaaaaaa-0000-4000-8000-00000000000a', 'market', 'X-Y', 'side', 'buy', 'type', 'limit',
    'quantity', '1', 'price', '1', 'post_only', FALSE
) || changes) AS c (r)
$$;
SELECT is(pg_temp.flaw(f.changes), f.flaw, format('%s: %s', f.changes, coalesce(f.flaw, 'sound')))
FROM (VALUES
    ('{}'::jsonb, NULL), ('{"user_id": null}', 'user_id'), ('{"market": null}', 'market'), ('{"side": null}', 'side'),
    ('{"side": "BUY"}', 'side'), ('{"type": "stop"}', 'type'), ('{"quantity": null}', 'quantity'),
    ('{"quantity": "0"}', 'quantity'), ('{"quantity": "-1"}', 'quantity'), ('{"quantity": "NaN"}', 'quantity'),
    ('{"quantity": "Infinity"}', 'quantity'), ('{"quantity": "1e18"}', 'quantity'), ('{"price": null}', 'price'),
    ('{"price": "0"}', 'price'), ('{"price": "NaN"}', 'price'), ('{"price": "1e18"}', 'price'),
    ('{"type": "market"}', 'price'), ('{"type": "market", "price": null}', NULL),
    ('{"time_in_force": "gfd"}', 'time_in_force'), ('{"time_in_force": "ioc"}', NULL),
    ('{"client_order_id": ""}', 'client_order_id'), ('{"client_order_id": "a b"}', 'client_order_id'),
    ('{"client_order_id": "a:1"}', NULL), ('{"post_only": null}', 'post_only'), ('{"stp": "none"}', 'stp'),
    ('{"stp": "cancel_both"}', NULL), ('{"type": "market", "price": null, "time_in_force": "gtc"}', 'combination'),
    ('{"type": "market", "price": null, "time_in_force": "fok"}', NULL),
    ('{"type": "market", "price": null, "post_only": true}', 'combination'),
    ('{"time_in_force": "ioc", "post_only": true}', 'combination'), ('{"post_only": true}', NULL),
    ('{"time_in_force": "gtd"}', 'combination'), ('{"expires_at": "2031-03-05T10:00Z"}', 'combination'),
    ('{"time_in_force": "gtd", "expires_at": "2031-03-05T10:00Z"}', NULL),
    ('{"time_in_force": "day", "expires_at": "2031-03-05T10:00Z"}', 'combination'),
    ('{"side": "x", "quantity": "0"}', 'side')
) AS f (changes, flaw);

SELECT finish();
ROLLBACK;
