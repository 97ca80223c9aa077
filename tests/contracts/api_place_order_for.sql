-- A resting limit order of a user's, by a service.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format(
        $$ SELECT api.place_order_for(%L, %L, 'buy', 'limit', 0.01, 1, client_order_id => 'contract') $$,
        :'user', :'symbol'
    ),
    'service_role', :'claims',
    '{client_orders_pkey,balances_pkey,markets_symbol_key,users_pkey,market_state_pkey}',
    rows => 30, buffers => 120
);

SELECT finish();
ROLLBACK;
