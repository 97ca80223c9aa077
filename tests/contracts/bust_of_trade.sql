-- Whether a trade still counts.
-- Role tradebase_auditor; parameter: the trade. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT b.trade_id AS trade FROM trading.trade_busts AS b LIMIT 1 \gset

PREPARE contract(uuid) AS SELECT * FROM trading.trade_busts WHERE trade_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'trade'), 'tradebase_auditor', :'claims',
    '{trade_busts_pkey}', '{}',
    rows => 1, buffers => 10
);

SELECT finish();
ROLLBACK;
