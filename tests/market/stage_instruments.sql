-- market.stage_instruments(): the owner gets an empty staging table, again and again, and nobody else does.

BEGIN;
SELECT plan(10);

PREPARE stage AS SELECT market.stage_instruments();

SELECT lives_ok('stage', 'the owner stages');
SELECT is_empty(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'market.stage_instruments()'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    'nobody but the owner may stage'
);
INSERT INTO pg_temp.instrument_lines (content) VALUES ('first'), ('second');
SELECT results_eq(
    'SELECT line, content, outcome FROM pg_temp.instrument_lines ORDER BY line',
    $$ VALUES (1::bigint, 'first', NULL::text), (2::bigint, 'second', NULL::text) $$,
    'raw lines are numbered as they come'
);
SELECT lives_ok('stage', 'the owner stages again');
INSERT INTO pg_temp.instrument_lines (content) VALUES ('third');
SELECT results_eq(
    'SELECT line, content FROM pg_temp.instrument_lines', $$ VALUES (1::bigint, 'third') $$,
    'what was staged before is gone, and the first line is line 1 again'
);

SET LOCAL ROLE anon;
SELECT throws_ok('stage', '42501', NULL, 'nobody off the street stages');
SET LOCAL ROLE authenticated;
SELECT throws_ok('stage', '42501', NULL, 'a trader does not stage');
SET LOCAL ROLE service_role;
SELECT throws_ok('stage', '42501', NULL, 'a service does not stage');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('stage', '42501', NULL, 'an operator does not stage');
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('stage', '42501', NULL, 'the kernel does not stage');

RESET ROLE;
SELECT finish();
ROLLBACK;
