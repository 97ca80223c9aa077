-- A resting limit order, with a name.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT api.place_order(%L, 'buy', 'limit', 0.01, 1, client_order_id => 'contract') $$, :'symbol'),
    'authenticated', :'claims',
    '{client_orders_pkey,balances_pkey,markets_symbol_key,users_pkey,market_state_pkey}',
    rows => 35, buffers => 130
);

SELECT finish();
ROLLBACK;
