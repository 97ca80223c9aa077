-- Whether a flag is on for somebody.
-- Role tradebase_operator.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT system.is_enabled('flag_1', %L) $$, :'user'),
    'tradebase_operator', :'claims',
    '{feature_flags_pkey}',
    rows => 10, buffers => 10
);

SELECT finish();
ROLLBACK;
