-- Every view: each role and column, executed.

BEGIN;
SELECT plan(13);
\ir relations.psql

SELECT is_empty(
    format('SELECT * FROM pg_temp.wrong(%L, ''{view}'')', r.role),
    r.role || ' reads in views what is meant'
)
FROM roles AS r
ORDER BY r.n;

SELECT diag(format('tally access %s cells', count(*)))
FROM cells AS c JOIN objects AS o USING (object) WHERE o.kind = 'view';
SELECT finish();
ROLLBACK;
