-- system.rollback_config(): one call, and a setting is what it was.

BEGIN;
SELECT plan(13);
\ir ../fixtures/core_grants.psql

SELECT is_definer('system', 'rollback_config', ARRAY['text', 'integer']);
SELECT function_owner_is('system', 'rollback_config', ARRAY['text', 'integer'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('system.rollback_config(text,integer)'), ARRAY['tradebase_operator'], 'for the operator'
);
INSERT INTO system.system_config (key, value, value_type, min_value, max_value, description)
VALUES ('t_limit', '10', 'number', '0', '12', 'A limit.');
UPDATE system.system_config SET value = '11' WHERE key = 't_limit';
UPDATE system.system_config SET value = '12' WHERE key = 't_limit';
PREPARE back(integer) AS SELECT system.rollback_config('t_limit', $1);

SET LOCAL ROLE authenticated;
SELECT throws_ok('EXECUTE back(1)', '42501', NULL, 'no user goes back');
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE back(1)', '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE back(4)', 'TR010', 'unknown version', 'nowhere to go');
SELECT throws_ok('EXECUTE back(NULL)', 'TR010', 'unknown version', 'nor without a version');
SELECT throws_ok(
    $$ SELECT system.rollback_config('t_nowhere', 1) $$, 'TR010', 'unknown version', 'nor without a key'
);
SELECT is(system.rollback_config('t_limit', 1), '{"key": "t_limit", "value": 10, "version": 4}', 'back to the first');
SELECT results_eq(
    $$ SELECT version, value, reason FROM system.config_history WHERE key = 't_limit' ORDER BY version DESC LIMIT 2 $$,
    $$ VALUES (4, '10'::jsonb, 'back to version 1'), (3, '12', NULL) $$, 'as a version of its own'
);
SELECT is(system.rollback_config('t_limit', 3) -> 'value', '12', 'and from there to the third');

-- A release has narrowed the bounds.
RESET ROLE;
UPDATE system.system_config SET min_value = '12' WHERE key = 't_limit';
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE back(2)', 'TR010', 'invalid value', 'what is refused now is refused from the past');
RESET ROLE;
SELECT is((SELECT value FROM system.system_config WHERE key = 't_limit'), '12', 'and changes nothing');

SELECT finish();
ROLLBACK;
