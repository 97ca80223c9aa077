-- system.system_config: clients read the public settings, operators read all, nobody adds or drops one.

BEGIN;
SELECT plan(32);
\ir ../fixtures/core_grants.psql

INSERT INTO system.system_config (key, value, value_type, pattern, description, is_public) VALUES
('t_open', '"seen"', 'text', '.', 'Clients read it.', TRUE),
('t_secret', '"hidden"', 'text', '.', 'Clients do not.', FALSE);

SELECT policies_are('system', 'system_config', ARRAY[
    'system_config_kernel_all', 'system_config_public_select', 'system_config_operator_select'
]);
SELECT policy_cmd_is('system', 'system_config', 'system_config_public_select'::name, 'select', 'clients read');
SELECT is(
    pg_temp.grants_on('system.system_config'),
    ARRAY[
        'anon: SELECT (description, key, value)', 'authenticated: SELECT (description, key, value)',
        'tradebase_auditor: SELECT (description, key, value)', 'tradebase_kernel: SELECT, UPDATE (value)',
        'tradebase_operator: SELECT', 'tradebase_reporter: SELECT (description, key, value)',
        'tradebase_support: SELECT (description, key, value)'
    ],
    'the grants are these and no others'
);

PREPARE seen AS SELECT key, value #>> '{}' FROM system.system_config WHERE key LIKE 't\_%' ORDER BY key;
PREPARE by_whom AS SELECT updated_by FROM system.system_config WHERE key = 't_open';
PREPARE everything AS SELECT * FROM system.system_config;
PREPARE what_is_hidden AS SELECT key FROM system.system_config WHERE NOT is_public;
PREPARE change AS UPDATE system.system_config SET value = '"changed"' WHERE key = 't_secret';
PREPARE publish AS UPDATE system.system_config SET is_public = TRUE WHERE key = 't_secret';
PREPARE rename AS UPDATE system.system_config SET key = 't_renamed' WHERE key = 't_secret';
PREPARE describe AS UPDATE system.system_config SET description = 'Nothing.' WHERE key = 't_secret';
PREPARE sign AS UPDATE system.system_config SET updated_by = NULL WHERE key = 't_secret';
PREPARE add AS
INSERT INTO system.system_config (key, value, value_type, description) VALUES ('t_new', 'true', 'boolean', 'New.');
PREPARE drop_one AS DELETE FROM system.system_config WHERE key = 't_secret';

SET LOCAL ROLE anon;
SELECT results_eq('seen', $$ VALUES ('t_open', 'seen') $$, 'nobody signed in sees the public setting alone');
SELECT throws_ok('by_whom', '42501', NULL, 'who changed it is not for clients');
SELECT throws_ok('everything', '42501', NULL, 'nor is a whole row');
SELECT throws_ok('what_is_hidden', '42501', NULL, 'nor whether there is more');
SELECT throws_ok('change', '42501', NULL, 'anon changes nothing');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '{"sub":"a11ce000-0000-4000-8000-000000000001"}', TRUE);
SELECT results_eq('seen', $$ VALUES ('t_open', 'seen') $$, 'Alice sees the public setting alone');
SELECT throws_ok('by_whom', '42501', NULL, 'who changed it is not for Alice');
SELECT throws_ok('change', '42501', NULL, 'Alice changes nothing');
SELECT throws_ok('add', '42501', NULL, 'and adds nothing');

SET LOCAL ROLE tradebase_operator;
SELECT results_eq(
    'seen', $$ VALUES ('t_open', 'seen'), ('t_secret', 'hidden') $$, 'an operator sees every setting'
);
SELECT throws_ok('change', '42501', NULL, 'and changes one by system.set_config_value() alone');
SELECT throws_ok('publish', '42501', NULL, 'an operator does not publish a setting');
SELECT throws_ok('rename', '42501', NULL, 'nor rename one');
SELECT throws_ok('describe', '42501', NULL, 'nor say that it is something else');
SELECT throws_ok('sign', '42501', NULL, 'nor sign for it');
SELECT throws_ok('add', '42501', NULL, 'a key comes with a release');
SELECT throws_ok('drop_one', '42501', NULL, 'and goes with one');

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'seen', $$ VALUES ('t_open', 'seen'), ('t_secret', 'hidden') $$, 'the kernel sees every setting'
);
SELECT lives_ok('change', 'and changes a value');
SELECT throws_ok('publish', '42501', NULL, 'nothing else of it');
SELECT throws_ok('add', '42501', NULL, 'nor adds one');
SELECT throws_ok('drop_one', '42501', NULL, 'nor drops one');

SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', 'permission denied for schema system', 'a service reads no setting');
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok('seen', '42501', NULL, 'nor does a monitor');
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('seen', '42501', NULL, 'nor a worker');
SET LOCAL ROLE tradebase_support;
SELECT results_eq('seen', $$ VALUES ('t_open', 'seen') $$, 'support sees the public setting alone');
SELECT throws_ok('everything', '42501', NULL, 'and no whole row');
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('seen', $$ VALUES ('t_open', 'seen') $$, 'so does an auditor');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq('seen', $$ VALUES ('t_open', 'seen') $$, 'and an analyst');

RESET ROLE;
SELECT finish();
ROLLBACK;
