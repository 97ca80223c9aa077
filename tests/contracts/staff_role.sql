-- What somebody is here, which the token hook asks.
-- Role tradebase_operator.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT pg_temp.works(
    format('SELECT identity.staff_role(%L)', :'user'),
    'tradebase_operator', :'claims',
    '{staff_roles_standing_idx}',
    rows => 5, buffers => 10
);

SELECT finish();
ROLLBACK;
