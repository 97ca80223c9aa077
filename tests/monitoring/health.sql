-- monitoring.health(): every check, always. That each turns, and turns back, is in tests/health/test_health.py.

BEGIN;
SELECT plan(10);
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('monitoring', 'health', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('monitoring.health()'), ARRAY['tradebase_monitor'], 'for who watches');
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    'SELECT name FROM monitoring.health()',
    ARRAY[
        'backup', 'backup_second', 'drill', 'archive', 'replication', 'slots', 'connections', 'pool', 'blocking',
        'long_transaction', 'statements', 'storage', 'bloat', 'freeze', 'runway', 'outbox', 'sealing', 'integrity', 'jobs'
    ], 'all of them, in this order'
);
SELECT is_empty(
    $$ SELECT FROM monitoring.health() WHERE status NOT IN ('ok', 'warn', 'crit') OR status IS NULL $$, 'each is well or it is not'
);
SELECT is_empty(
    $$ SELECT FROM monitoring.health() WHERE status <> 'ok' AND (length(detail) > 0 AND length(remedy) > 0) IS NOT TRUE $$,
    'which says why, and what to do'
);
SELECT is_empty($$ SELECT FROM monitoring.health() WHERE status = 'ok' AND remedy IS NOT NULL $$, 'where all is well nothing is to be done');
SELECT is_empty($$ SELECT FROM monitoring.health() WHERE unit IS NULL $$, 'a value has a unit');
SELECT results_eq(
    $$ SELECT name, status FROM monitoring.health() WHERE name IN ('runway', 'slots', 'freeze', 'blocking') $$,
    $$ VALUES ('slots', 'ok'), ('blocking', 'ok'), ('freeze', 'ok'), ('runway', 'ok') $$, 'what needs no job is known at once'
);
SELECT results_eq(
    $$ SELECT name, status FROM monitoring.health() WHERE name IN ('backup_second', 'storage') AND detail ~ 'ever succeeded|not known' $$,
    $$ VALUES ('backup_second', 'warn'), ('storage', 'warn') $$, 'what is not known warns, and says what is missing'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('SELECT FROM monitoring.health()', '42501', NULL, 'nobody else asks');

RESET ROLE;
SELECT finish();
ROLLBACK;
