-- market.stage_bars(): the owner gets an empty staging table, again and again, and nobody else does.

BEGIN;
SELECT plan(10);

PREPARE stage AS SELECT market.stage_bars();

SELECT lives_ok('stage', 'the owner stages');
SELECT is_empty(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'market.stage_bars()'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    'nobody but the owner may stage'
);
INSERT INTO pg_temp.bar_lines (venue, symbol, price_kind) VALUES
('t1venue', 'T1BTCT1USD', 'no kind'), (NULL, NULL, NULL);
SELECT results_eq(
    'SELECT line, symbol, price_kind FROM pg_temp.bar_lines ORDER BY line',
    $$ VALUES (2::bigint, 'T1BTCT1USD', 'no kind'), (3::bigint, NULL, NULL) $$,
    'whatever is in the file is taken, and numbered as there, below the header'
);
SELECT lives_ok('stage', 'the owner stages again');
INSERT INTO pg_temp.bar_lines (symbol) VALUES ('T1OLDT1BTC');
SELECT results_eq(
    'SELECT line, symbol FROM pg_temp.bar_lines', $$ VALUES (2::bigint, 'T1OLDT1BTC') $$,
    'what was staged before is gone, and the first bar is line 2 again'
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
