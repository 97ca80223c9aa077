-- trading.request_hash(): the same request, and no other, however it was written.

BEGIN;
SELECT plan(13);
\ir ../fixtures/core_grants.psql

\set signature 'trading.request_hash(integer,text,text,numeric,numeric,text,boolean,timestamptz,text)'
SELECT is(pg_temp.who_may_execute(:'signature'), ARRAY['tradebase_kernel'], 'only the kernel may');
SELECT is(
    (SELECT prosqlbody IS NOT NULL AND proconfig IS NULL FROM pg_proc WHERE oid = :'signature'::regprocedure), TRUE,
    'it can be inlined'
);
CREATE FUNCTION pg_temp.hash(changes jsonb) RETURNS bytea LANGUAGE sql SET timezone = 'UTC' AS $$
SELECT trading.request_hash(
    (r ->> 'market_id')::integer, r ->> 'side', r ->> 'type', (r ->> 'quantity')::numeric, (r ->> 'price')::numeric,
    r ->> 'time_in_force', (r ->> 'post_only')::boolean, (r ->> 'expires_at')::timestamptz, r ->> 'stp'
)
FROM (SELECT '{
    "market_id": 1, "side": "buy", "type": "limit", "quantity": "1.5", "price": "100", "time_in_force": "gtc",
    "post_only": false
}'::jsonb || changes) AS c (r)
$$;
SELECT is(octet_length(pg_temp.hash('{}')), 32, 'it is a SHA-256');
SELECT is(pg_temp.hash('{"quantity": "1.500", "price": "100.00"}'), pg_temp.hash('{}'), 'zeros behind are no difference');
SELECT isnt(pg_temp.hash(c.changes), pg_temp.hash('{}'), c.changes::text)
FROM (VALUES
    ('{"market_id": 2}'::jsonb), ('{"side": "sell"}'), ('{"type": "market"}'), ('{"quantity": "1.6"}'),
    ('{"price": "101"}'), ('{"time_in_force": "day"}'), ('{"post_only": true}'),
    ('{"expires_at": "2031-03-05 10:00+00"}'), ('{"stp": "cancel_taker"}')
) AS c (changes);

SELECT finish();
ROLLBACK;
