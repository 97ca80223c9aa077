-- What a venue trades.
-- Role tradebase_operator; parameter: the venue. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT m.venue FROM market.markets AS m WHERE m.id = :market \gset

PREPARE contract(text) AS SELECT symbol FROM market.markets WHERE venue = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'venue'), 'tradebase_operator', :'claims',
    '{markets_venue_base_asset_id_quote_asset_id_kind_key}', '{}',
    rows => 1000, buffers => 10
);

SELECT finish();
ROLLBACK;
