-- Orders whose time is over.
-- Role tradebase_worker.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    $$ SELECT trading.expire_orders(now() - INTERVAL '1 second', 100) $$,
    'tradebase_worker', :'claims',
    '{orders_open_expires_at_idx}',
    rows => 5000
);

SELECT finish();
ROLLBACK;
