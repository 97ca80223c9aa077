-- Whether a flag is on for somebody.
-- Role tradebase_operator.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format($$ SELECT system.is_enabled('contract', %L) $$, :'user'),
    'tradebase_operator', :'claims',
    '{feature_flags_pkey}',
    rows => 20
);

SELECT finish();
ROLLBACK;
