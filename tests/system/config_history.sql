-- system.config_history: whatever way a setting changes, its value is here, and stays.

BEGIN;
SELECT plan(17);
\ir ../fixtures/core_grants.psql

SELECT columns_are('system', 'config_history', ARRAY['key', 'version', 'value', 'reason', 'changed_by', 'changed_at']);
SELECT col_is_pk('system', 'config_history', ARRAY['key', 'version'], 'a version of a key stands once');
SELECT triggers_are('system', 'config_history', ARRAY['config_history_append_only', 'config_history_no_truncate']);
SELECT is_definer('system', 'config_history_write', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('system.config_history_write()'), '{}', 'the trigger''s function is for nobody');
SELECT is_empty(
    $$ SELECT c.key FROM system.system_config AS c
       WHERE NOT EXISTS (
           SELECT FROM system.config_history AS h
           WHERE (h.key, h.version, h.value) = (c.key, c.version, c.value)
       ) $$, 'what is in force is in it, from the first day'
);

INSERT INTO system.system_config (key, value, value_type, min_value, max_value, description)
VALUES ('t_limit', '10', 'number', '0', '12', 'A limit.');
SELECT set_config('tradebase.reason', 'A test.', TRUE);
UPDATE system.system_config SET value = '11' WHERE key = 't_limit';
SELECT set_config('tradebase.reason', '', TRUE);
UPDATE system.system_config SET value = '11', description = 'The limit.' WHERE key = 't_limit';
UPDATE system.system_config SET value = '12' WHERE key = 't_limit';
SELECT results_eq(
    $$ SELECT version, value, reason, changed_by ->> 'session_role' = session_user FROM system.config_history
       WHERE key = 't_limit' ORDER BY version $$,
    $$ VALUES (1, '10'::jsonb, NULL, TRUE), (2, '11', 'A test.', TRUE), (3, '12', NULL, TRUE) $$,
    'each value once, by whom, and why if they said'
);
SELECT is(
    (SELECT version FROM system.system_config WHERE key = 't_limit'), 3, 'and the setting is at the last of them'
);

PREPARE rewrite AS UPDATE system.config_history SET value = '10' WHERE key = 't_limit';
PREPARE forget AS DELETE FROM system.config_history WHERE key = 't_limit';
SELECT throws_ok('rewrite', 'TR902', NULL, 'nobody rewrites it, its owner included');
SELECT throws_ok('forget', 'TR902', NULL, 'or forgets of it');
SELECT throws_ok('TRUNCATE system.config_history', 'TR902', NULL, 'or empties it');
SELECT throws_ok(
    $$ DELETE FROM system.system_config WHERE key = 't_limit' $$, '23503', NULL, 'a setting with a past stays'
);
SELECT is(
    (SELECT count(*) FROM system.config_history WHERE key = 't_limit'), 3::bigint, 'all three are still there'
);

PREPARE fourth(jsonb, text, jsonb) AS
INSERT INTO system.config_history (key, version, value, reason, changed_by, changed_at)
VALUES ('t_limit', 4, $1, $2, $3, '2031-03-05');
SELECT throws_ok(
    format('EXECUTE fourth(%L, %L, %L)', wrong.value, wrong.reason, wrong.changed_by), '23514', NULL, wrong.description
)
FROM (VALUES
    (to_jsonb(repeat('v', 8192)), 'x', '{}', 'a value is no longer than a setting''s'),
    ('1', repeat('x', 501), '{}', 'a reason has at most 500 characters'),
    ('1', 'x', to_jsonb(repeat('v', 1000)), 'who changed it is said in a few words')
) AS wrong (value, reason, changed_by, description);
SELECT throws_ok(
    $$ INSERT INTO system.config_history
       SELECT r.* FROM system.config_history AS r WHERE r.key = 't_limit' $$,
    '23505', 'duplicate key value violates unique constraint "config_history_pkey"', 'a version is of one value'
);

SELECT finish();
ROLLBACK;
