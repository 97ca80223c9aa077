-- How a user did, at last.
-- Role authenticated, under its policy; parameters: span and how many. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract(text, bigint) AS SELECT * FROM api.analytics WHERE span = $1 ORDER BY as_of DESC LIMIT $2;
SELECT pg_temp.keeps(
    $$ EXECUTE contract('all', 8) $$, 'authenticated', :'claims',
    '{analytics_pkey}', '{}',
    rows => 8, buffers => 25
);

SELECT finish();
ROLLBACK;
