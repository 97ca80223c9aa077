-- What an engine has to do next.
-- Role tradebase_engine; parameters: the symbol and the last command seen.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT count(*) FROM api.engine_feed(%L, 0, 100)', :'symbol'),
    'tradebase_engine', :'claims',
    '{engine_commands_pkey}',
    rows => 500
);

SELECT finish();
ROLLBACK;
