-- trading.lock_market(): the market is locked for this transaction, and no other market with it.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'lock_market', ARRAY['integer']);
SELECT is(pg_temp.who_may_execute('trading.lock_market(integer)'), ARRAY['tradebase_kernel'], 'only the kernel may');

PREPARE lock_it AS SELECT trading.lock_market(:traded);
PREPARE locked AS
SELECT l.objid = :traded, l.mode, l.granted, l.objsubid
FROM pg_locks AS l
WHERE
    l.locktype = 'advisory' AND l.classid = 7472 AND l.pid = pg_backend_pid()
    AND l.objid IN (:traded, :acked, :embedded);

SET LOCAL ROLE anon;
SELECT throws_ok('lock_it', '42501', NULL, 'nobody off the street stops a market');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('lock_it', '42501', NULL, 'nor does Alice');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('lock_it', '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_kernel;
SELECT is_empty('locked', 'no market is locked');
SAVEPOINT unlocked;
SELECT lives_ok('lock_it', 'the kernel locks one');
SELECT results_eq(
    'locked', $$ VALUES (TRUE, 'ExclusiveLock', TRUE, 2::smallint) $$, 'that one is locked, and no other'
);
SELECT lives_ok('lock_it', 'a second time it does not wait for itself');
ROLLBACK TO SAVEPOINT unlocked;
SELECT is_empty('locked', 'it ends with what took it');

SELECT finish();
ROLLBACK;
