-- What an engine has to do next: it has seen all but the last hundred commands.
-- Role tradebase_engine.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT min(c.seq) AS seen FROM (
    SELECT e.seq FROM trading.engine_commands AS e WHERE e.market_id = :market ORDER BY e.seq DESC LIMIT 100
) AS c \gset

SELECT pg_temp.works(
    format('SELECT count(*) FROM api.engine_feed(%L, %s, 50)', :'symbol', :seen),
    'tradebase_engine', :'claims',
    '{engine_commands_pkey}',
    rows => 90, buffers => 40
);

SELECT finish();
ROLLBACK;
