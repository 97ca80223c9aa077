-- Every table, and the open book: each role, verb and column, executed.

BEGIN;
SELECT plan(14);
\ir relations.psql

SELECT is_empty(
    $$ SELECT o.object, k.kind
       FROM objects AS o JOIN words AS w ON w.object = o.object AND w.word = 'own',
       LATERAL (VALUES
           ('own', pg_temp.condition_of(o.object, 'own', 'authenticated')),
           ('own of support', pg_temp.condition_of(o.object, 'own', 'tradebase_support')),
           ('opened', pg_temp.condition_of(o.object, 'open', 'tradebase_support')),
           ('somebody else''s or nobody''s', format(
               '(%s OR %s) IS NOT TRUE', pg_temp.condition_of(o.object, 'own', 'authenticated'),
               pg_temp.condition_of(o.object, 'open', 'tradebase_support')
           ))
       ) AS k (kind, condition)
       WHERE pg_temp.count_of(o.shows, k.condition) = 0
       AND (k.kind <> 'own of support' OR o.object = 'identity.support_openings') $$,
    'in every table there are rows of each kind to be told apart'
);
SELECT is_empty(
    format('SELECT * FROM pg_temp.wrong(%L, ''{table,leaf}'')', r.role),
    r.role || ' reads and writes in tables what is meant'
)
FROM roles AS r
ORDER BY r.n;

SELECT diag(format('tally access %s cells', count(*)))
FROM cells AS c JOIN objects AS o USING (object) WHERE o.kind <> 'view';
SELECT finish();
ROLLBACK;
