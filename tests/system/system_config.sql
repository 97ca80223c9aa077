-- system.system_config: bounded settings under plain keys, and who changed one is never the statement's to say.

BEGIN;
SELECT plan(58);
\ir ../fixtures/core_grants.psql

SELECT columns_are(
    'system', 'system_config', ARRAY[
        'key', 'value', 'value_type', 'min_value', 'max_value', 'pattern', 'description', 'is_public', 'version',
        'updated_by', 'updated_at'
    ]
);
SELECT col_type_is('system', 'system_config', 'value', 'jsonb', 'a value is jsonb');
SELECT col_type_is('system', 'system_config', 'updated_by', 'uuid', 'who changed it is a user');
SELECT col_type_is('system', 'system_config', 'updated_at', 'timestamp with time zone', 'when is an instant');
SELECT col_is_pk('system', 'system_config', 'key', 'a key stands once');
SELECT indexes_are('system', 'system_config', ARRAY['system_config_pkey']);
SELECT triggers_are('system', 'system_config', ARRAY[
    'system_config_stamp', 'system_config_history', 'system_config_audit_insert', 'system_config_audit_update',
    'system_config_audit_delete', 'system_config_audit_truncate'
]);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'system.system_config'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);
SELECT is(pg_temp.who_may_execute('system.system_config_stamp()'), '{}', 'the trigger''s function is for nobody');
SELECT isnt_definer('system', 'system_config_stamp', '{}'::name[], 'it needs no rights but the writer''s');

SELECT results_eq(
    $$ SELECT key, is_public FROM system.system_config
       WHERE key IN ('trading_enabled', 'reporting_asset', 'max_order_age', 'idempotency_retention') ORDER BY key $$,
    $$ VALUES
        ('idempotency_retention', TRUE), ('max_order_age', TRUE), ('reporting_asset', TRUE),
        ('trading_enabled', TRUE) $$,
    'the settings that the platform reads are there, for clients too'
);

PREPARE set_up AS
INSERT INTO system.system_config (key, value, value_type, min_value, max_value, pattern, description) VALUES
('t_limit', '10', 'number', '0', '12', NULL, 'A limit.'),
('t_untouched', 'true', 'boolean', NULL, NULL, NULL, 'A switch.'),
(rpad('t_long_', 63, 'g'), to_jsonb(repeat('v', 8180)), 'text', NULL, NULL, '^v+$', repeat('d', 500));
SELECT lives_ok('set_up', 'a key of 63, a value of nearly 8 kB and a description of 500 characters are taken');
SELECT results_eq(
    $$ SELECT is_public, updated_by FROM system.system_config WHERE key = 't_limit' $$,
    'VALUES (FALSE, NULL::uuid)', 'a setting is private until it says otherwise, and nobody has changed it yet'
);

SELECT throws_ok(
    format('UPDATE system.system_config SET value = %L WHERE key = %L', wrong.value, wrong.key), '23514', NULL,
    format('%s cannot become %s', wrong.key, wrong.value)
)
FROM (VALUES
    ('trading_enabled', '"perhaps"'), ('trading_enabled', 'null'), ('reporting_asset', 'null'),
    ('reporting_asset', '"us dollar"'), ('max_order_age', 'null'), ('idempotency_retention', '"-1 days"'),
    ('price_collar_pct', '0'), ('price_collar_pct', '"10"'), ('price_collar_pct', '100.1'), ('t_limit', '12.1'),
    ('t_limit', '-1'), ('t_limit', 'null'), ('max_order_age', '"3651 days"'), ('max_order_age', '90'),
    ('max_order_age', '"a day"'), ('session_required', '0'), ('session_lifetime', '"401 days"')
) AS wrong (key, value);

SELECT throws_ok(
    format(
        'INSERT INTO system.system_config (key, value, description, value_type, min_value, max_value, pattern) VALUES (%s)',
        wrong.row
    ), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ NULL, '1', 'x', 'number', '0', '9', NULL $$, '23502', 'a setting has a key'),
    ($$ '', '1', 'x', 'number', '0', '9', NULL $$, '23514', 'the empty text is no key'),
    ($$ 'T_limit', '1', 'x', 'number', '0', '9', NULL $$, '23514', 'a key has no capitals'),
    ($$ '1_limit', '1', 'x', 'number', '0', '9', NULL $$, '23514', 'a key begins with a letter'),
    ($$ 't-limit', '1', 'x', 'number', '0', '9', NULL $$, '23514', 'a key has no hyphen'),
    ($$ E't_limit\n', '1', 'x', 'number', '0', '9', NULL $$, '23514', 'a key is one line'),
    ($$ rpad('t_long_', 64, 'g'), '1', 'x', 'number', '0', '9', NULL $$, '23514', 'a key of 64 characters is too long'),
    ($$ 't_limit', '1', 'x', 'number', '0', '9', NULL $$, '23505', 'a key stands once'),
    ($$ 't_other', NULL, 'x', 'number', '0', '9', NULL $$, '23502', 'a setting has a value'),
    (
        $$ 't_other', to_jsonb(repeat('v', 8192)), 'x', 'text', NULL, NULL, '^v' $$, '23514',
        'a value of more than 8 kB is too large'
    ),
    ($$ 't_other', '1', NULL, 'number', '0', '9', NULL $$, '23502', 'a setting is described'),
    ($$ 't_other', '1', '', 'number', '0', '9', NULL $$, '23514', 'by more than nothing'),
    ($$ 't_other', '1', repeat('d', 501), 'number', '0', '9', NULL $$, '23514', 'and by 500 characters at most'),
    ($$ 't_other', '1', 'x', NULL, NULL, NULL, NULL $$, '23502', 'a setting has a type'),
    ($$ 't_other', '1', 'x', 'integer', '0', '9', NULL $$, '23514', 'one that there is'),
    ($$ 't_other', '1', 'x', 'number', NULL, '9', NULL $$, '23514', 'a number has a least'),
    ($$ 't_other', '1', 'x', 'number', '0', '"9"', NULL $$, '23514', 'and a greatest'),
    ($$ 't_other', '"1 day"', 'x', 'days', '1', NULL, NULL $$, '23514', 'so have days'),
    ($$ 't_other', '"x"', 'x', 'text', NULL, NULL, NULL $$, '23514', 'a text has a pattern'),
    ($$ 't_other', '"x"', 'x', 'text', NULL, NULL, '^y' $$, '23514', 'and matches it'),
    ($$ 't_other', 'true', 'x', 'boolean', NULL, NULL, 'true' $$, '23514', 'a boolean needs none')
) AS wrong (row, state, description);

-- Who changed it, and when.
PREPARE stamp AS
SELECT updated_by, updated_at BETWEEN transaction_timestamp() AND clock_timestamp()
FROM system.system_config WHERE key = 't_limit';
PREPARE raise AS UPDATE system.system_config SET value = '11' WHERE key = 't_limit';
PREPARE blame_bob AS
UPDATE system.system_config
SET value = '12', updated_by = 'b0b00000-0000-4000-8000-000000000002', updated_at = '2031-01-01' WHERE key = 't_limit';

SELECT set_config('request.jwt.claims', '{"sub":"a11ce000-0000-4000-8000-000000000001"}', TRUE);
EXECUTE raise;
SELECT results_eq(
    'stamp', $$ VALUES ('a11ce000-0000-4000-8000-000000000001'::uuid, TRUE) $$, 'Alice changes it and it says Alice'
);
EXECUTE blame_bob;
SELECT results_eq(
    'stamp', $$ VALUES ('a11ce000-0000-4000-8000-000000000001'::uuid, TRUE) $$,
    'Alice says that it was Bob in 2031, and it still says Alice, now'
);
SELECT set_config('request.jwt.claims', '', TRUE);
EXECUTE blame_bob;
SELECT results_eq('stamp', 'VALUES (NULL::uuid, TRUE)', 'changed without a request it says nobody');
SELECT results_eq(
    $$ SELECT value, version FROM system.system_config WHERE key = 't_limit' $$, $$ VALUES ('12'::jsonb, 3) $$,
    'the value is the statement''s, and the same value again is the same version'
);
SELECT is(
    (SELECT updated_by FROM system.system_config WHERE key = 't_untouched'), NULL, 'no other setting was touched'
);

SELECT throws_ok(
    $$ INSERT INTO system.system_config (key, value, value_type, description, version)
       VALUES ('t_new', 'true', 'boolean', 'A switch.', 0) $$, '23514', NULL, 'versions count from one'
);
SELECT throws_ok(
    $$ INSERT INTO system.system_config
       SELECT r.* FROM system.system_config AS r WHERE r.key = 't_limit' $$,
    '23505', 'duplicate key value violates unique constraint "system_config_pkey"', 'a key is of one setting'
);

SELECT finish();
ROLLBACK;
