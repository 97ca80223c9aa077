-- A service says what a market is worth.
-- Role service_role.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT api.set_mark_price(%L, 1, clock_timestamp())', :'symbol'),
    'service_role', :'claims',
    '{markets_symbol_key,market_state_pkey}',
    rows => 20, buffers => 15
);

SELECT finish();
ROLLBACK;
