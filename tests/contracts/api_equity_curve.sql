-- A page of what a user had, newest first.
-- Role authenticated, under its policy; parameters: how many. The months that the page needs.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT max(s.taken_at) + INTERVAL '1 second' AS until FROM portfolio.portfolio_snapshots AS s
WHERE s.user_id = :'user' \gset

PREPARE contract(timestamptz, integer) AS SELECT * FROM api.equity_curve(NULL, $1, 'daily', $2);
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, 5)', :'until'), 'authenticated', :'claims',
    '{portfolio_snapshots_pkey}', ARRAY[pg_temp.leaf_of('portfolio.portfolio_snapshots', :'until')],
    rows => 5, buffers => 35
);

SELECT finish();
ROLLBACK;
