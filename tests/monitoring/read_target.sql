-- monitoring.read_target(): where nobody follows, reads stay. The rest is in tests/replica.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('monitoring.read_target(interval)'), ARRAY['tradebase_monitor'], 'for who directs reads'
);
SELECT isnt_definer('monitoring', 'read_target', ARRAY['interval']);
PREPARE go (interval) AS SELECT monitoring.read_target($1);

SET LOCAL ROLE tradebase_monitor;
SELECT results_eq($$ EXECUTE go('1 hour') $$, ARRAY['primary'], 'there is no replica, however old a read may be');
SELECT results_eq('SELECT monitoring.read_target()', ARRAY['primary'], 'nor for one of a second');
SELECT throws_ok($$ EXECUTE go('-1 second') $$, 'TR010', 'invalid max_lag', 'nothing is younger than now');
SELECT throws_ok('EXECUTE go(NULL)', 'TR010', 'invalid max_lag', 'who does not say how old is not answered');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE go('1 second') $$, '42501', NULL, 'nobody else asks');

RESET ROLE;
SELECT finish();
ROLLBACK;
