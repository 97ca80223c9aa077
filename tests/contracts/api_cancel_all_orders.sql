-- Out of a market at once.
-- Role authenticated, under its policy.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.cancel_all_orders(%L)', :'symbol'),
    'authenticated', :'claims',
    '{orders_open_user_id_market_id_seq_idx}',
    rows => 2000
);

SELECT finish();
ROLLBACK;
