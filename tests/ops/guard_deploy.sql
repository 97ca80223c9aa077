-- ops.guard_deploy(): the role that deployed platform goes on deploying, and nobody else whatever they may execute.

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('ops', 'guard_deploy', '{}'::name[], 'it judges the role that calls, so it runs as that role');
SELECT is(pg_temp.who_may_execute('ops.guard_deploy()'), '{}', 'nobody deploys but the owner');
SELECT lives_ok('CALL ops.guard_deploy()', 'the owner goes on');

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    'CALL ops.guard_deploy()', '42501', 'permission denied for procedure guard_deploy', 'a worker cannot call it'
);

-- Suppose somebody could call it, as a superuser can.
RESET ROLE;
GRANT EXECUTE ON PROCEDURE ops.guard_deploy() TO tradebase_worker, tradebase_kernel;
SELECT set_config(
    'tradebase.refusal',
    format('tradebase is deployed by %s, not by ', (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'ops')),
    TRUE
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(
    'CALL ops.guard_deploy()', '42501', current_setting('tradebase.refusal') || 'tradebase_worker',
    'a worker who can is refused by name, and told whose deploy it is'
);
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    'CALL ops.guard_deploy()', '42501', current_setting('tradebase.refusal') || 'tradebase_kernel',
    'not even the kernel, which the owner is a member of, goes on'
);
RESET ROLE;
SELECT lives_ok('CALL ops.guard_deploy()', 'the owner still goes on');

CREATE FUNCTION pg_temp.hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.hint_of(text) TO tradebase_worker;
SELECT set_config(
    'tradebase.remedy',
    format(
        'Run sqitch again with PGOPTIONS=''-c role=%s''.',
        (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'ops')
    ),
    TRUE
);
SET LOCAL ROLE tradebase_worker;
SELECT is(
    pg_temp.hint_of('CALL ops.guard_deploy()'), current_setting('tradebase.remedy'), 'and the hint says what to do'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
