-- Orders whose time is over: ten of them.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT max(t.at) AS then FROM (
    SELECT o.expires_at AS at FROM trading.orders AS o WHERE o.closed_at = 'infinity' ORDER BY o.expires_at LIMIT 10
) AS t \gset

SELECT pg_temp.works(
    format('SELECT trading.expire_orders(%L, 10)', :'then'),
    'tradebase_worker', :'claims',
    '{orders_open_expires_at_idx}',
    rows => 40, buffers => 100
);

SELECT finish();
ROLLBACK;
