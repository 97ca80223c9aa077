-- Several orders, all or none.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT jsonb_build_array(jsonb_build_object(
    'market', :'symbol', 'side', 'buy', 'type', 'limit', 'quantity', '0.01', 'price', '1', 'client_order_id', 'contract'
)) AS orders \gset

SELECT pg_temp.works(
    format('SELECT api.place_orders(%L)', :'orders'),
    'authenticated', :'claims',
    '{client_orders_pkey,balances_pkey,markets_symbol_key,users_pkey,market_state_pkey}',
    rows => 40, buffers => 150
);

SELECT finish();
ROLLBACK;
