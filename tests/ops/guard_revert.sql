-- ops.guard_revert(): every revert can ask it by the change's name, for now it permits all, and only the owner asks.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql

SELECT is_procedure('ops', 'guard_revert', ARRAY['text'], 'a revert script calls it by the name of its change');
SELECT is(pg_temp.who_may_execute('ops.guard_revert(text)'), '{}', 'nobody reverts but the owner');

PREPARE nothing_lost AS SELECT period FROM ops.partition_policies WHERE parent = 'portfolio.ledger_entries'::regclass;
SELECT lives_ok($$ CALL ops.guard_revert('portfolio/ledger_entries') $$, 'a planned change may be reverted');
SELECT lives_ok($$ CALL ops.guard_revert('no/such_change') $$, 'so may one that is not registered');
SELECT results_eq('nothing_lost', ARRAY['month'], 'asking reverts nothing by itself');

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    $$ CALL ops.guard_revert('portfolio/ledger_entries') $$, '42501', 'permission denied for procedure guard_revert',
    'an operator does not ask'
);
SET LOCAL ROLE authenticated;
SELECT throws_ok(
    $$ CALL ops.guard_revert('portfolio/ledger_entries') $$, '42501', 'permission denied for schema ops',
    'a client does not even see it'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
