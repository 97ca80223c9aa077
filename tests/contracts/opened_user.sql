-- Whom support has open, which the policies of tradebase_support ask.
-- Role tradebase_support.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    'SELECT count(*) FROM identity.profiles',
    'tradebase_support', :'claims',
    '{support_openings_open_idx}',
    rows => 20
);

SELECT finish();
ROLLBACK;
