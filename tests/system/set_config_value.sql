-- system.set_config_value(): an operator changes a setting within its bounds, and says why.

BEGIN;
SELECT plan(22);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('system', 'set_config_value', ARRAY['text', 'jsonb', 'text']);
SELECT function_owner_is('system', 'set_config_value', ARRAY['text', 'jsonb', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('system.set_config_value(text,jsonb,text)'), ARRAY['tradebase_operator'], 'for the operator'
);
INSERT INTO system.system_config (key, value, value_type, min_value, max_value, pattern, description) VALUES
('t_limit', '10', 'number', '0', '12', NULL, 'A limit.'), ('t_word', '"a"', 'text', NULL, NULL, '^[a-z]+$', 'A word.');
PREPARE set_limit(jsonb) AS SELECT system.set_config_value('t_limit', $1, 'A test.');
PREPARE in_force AS SELECT value, version FROM system.system_config WHERE key = 't_limit';

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE set_limit('11') $$, '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE set_limit('11') $$, '42501', NULL, 'no user');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE set_limit('11') $$, '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok($$ EXECUTE set_limit('11') $$, '42501', NULL, 'nor support');

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(format('EXECUTE set_limit(%L)', wrong.value), 'TR010', 'invalid value', wrong.description)
FROM (VALUES
    ('12.1', 'out of range'), ('-1', 'on either side'), ('"11"', 'of another type'), ('null', 'null'), ('{}', 'an object'),
    (NULL, 'nothing')
) AS wrong (value, description);
SELECT throws_ok(
    $$ SELECT system.set_config_value('t_nowhere', '1', 'A test.') $$, 'TR010', 'unknown key', 'an unknown key'
);
SELECT throws_ok($$ SELECT system.set_config_value('t_limit', '11', '') $$, 'TR010', 'invalid reason', 'no reason');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE set_limit('13') $$),
    '{"argument": "value", "expected": {"type": "number", "min": 0, "max": 12}}', 'the detail says what it takes'
);
SELECT is(
    pg_temp.detail_of($$ SELECT system.set_config_value('t_word', '"A"', 'A test.') $$) #>> '{expected,pattern}', '^[a-z]+$',
    'of a text too'
);
SELECT results_eq('in_force', $$ VALUES ('10'::jsonb, 1) $$, 'no refusal changed anything');

SET LOCAL ROLE tradebase_operator;
SELECT set_config('request.jwt.claims', '{"sub": "aaaaaaaa-0000-4000-8000-00000000000a"}', TRUE);
SELECT is(
    system.set_config_value('t_limit', '12', 'More.'), '{"key": "t_limit", "value": 12, "version": 2}', 'it is set'
);
SELECT is(
    system.set_config_value('t_limit', '12', 'More.') -> 'version', '2', 'to what it is, it is the same version'
);
SELECT results_eq('in_force', $$ VALUES ('12'::jsonb, 2) $$, 'and in force');
SELECT results_eq(
    $$ SELECT reason, changed_by ->> 'database_role', changed_by ->> 'user_id' FROM system.config_history
       WHERE key = 't_limit' AND version = 2 $$,
    $$ VALUES ('More.', 'tradebase_operator', 'aaaaaaaa-0000-4000-8000-00000000000a') $$, 'with who and why on record'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
