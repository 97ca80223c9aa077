-- system.set_feature_flag(): an operator makes a flag and says for whom it is on.

BEGIN;
SELECT plan(20);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(
    pg_temp.who_may_execute(
        'system.set_feature_flag(text,text,boolean,integer,boolean,uuid[],uuid[],boolean,text)'
    ), ARRAY['tradebase_operator'], 'for the operator'
);
PREPARE make AS SELECT system.set_feature_flag('t_new', 'A test.', description => 'New.');
PREPARE rollout(integer) AS SELECT system.set_feature_flag('t_new', 'A test.', rollout_pct => $1);
PREPARE flag AS
SELECT is_enabled, rollout_pct, is_for_staff, is_public, cardinality(allowed_user_ids), cardinality(denied_user_ids)
FROM system.feature_flags WHERE key = 't_new';

SET LOCAL ROLE anon;
SELECT throws_ok('make', '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT throws_ok('make', '42501', NULL, 'no user');
SET LOCAL ROLE service_role;
SELECT throws_ok('make', '42501', NULL, 'no service');

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE rollout(10)', 'TR010', 'unknown key', 'a flag that is not there is not set');
SELECT lives_ok('make', 'a description makes it');
SELECT results_eq('flag', 'VALUES (FALSE, 0, FALSE, TRUE, 0, 0)', 'off');
SELECT throws_ok('EXECUTE rollout(101)', 'TR010', 'invalid rollout_pct', '101 % is no percentage');
SELECT throws_ok('EXECUTE rollout(-1)', 'TR010', 'invalid rollout_pct', 'nor is less than nothing');
SELECT throws_ok(
    $$ SELECT system.set_feature_flag('t_new', 'A test.', is_enabled => 'perhaps') $$, '22P02', NULL, 'perhaps is no boolean'
);
SELECT throws_ok(
    $$ SELECT system.set_feature_flag('t_new', 'A test.', allowed_user_ids => ARRAY[NULL]::uuid[]) $$,
    'TR010', 'invalid allowed_user_ids', 'nobody is no user'
);
SELECT throws_ok(
    $$ SELECT system.set_feature_flag('T new', 'A test.', description => 'x') $$, 'TR010', 'invalid key', 'a key is plain'
);
SELECT throws_ok(
    $$ SELECT system.set_feature_flag(NULL, 'A test.', description => 'x') $$, 'TR010', 'invalid key', 'and there'
);
SELECT throws_ok(
    $$ SELECT system.set_feature_flag('t_new', NULL, is_enabled => TRUE) $$, 'TR010', 'invalid reason', 'for a reason'
);
SELECT results_eq('flag', 'VALUES (FALSE, 0, FALSE, TRUE, 0, 0)', 'no refusal changed anything');
RESET ROLE;
SELECT is(
    pg_temp.detail_of('EXECUTE rollout(101)'), '{"argument": "rollout_pct"}', 'the detail names the argument'
);
SET LOCAL ROLE tradebase_operator;
SELECT is(
    system.set_feature_flag(
        't_new', 'A test.', is_enabled => TRUE, rollout_pct => 20, is_for_staff => TRUE,
        allowed_user_ids => ARRAY['aaaaaaaa-0000-4000-8000-00000000000a']::uuid[],
        denied_user_ids => ARRAY['bbbbbbbb-0000-4000-8000-00000000000b']::uuid[], is_public => FALSE
    ) -> 'rollout_pct', '20', 'it is set, all of it'
);
SELECT results_eq('flag', 'VALUES (TRUE, 20, TRUE, FALSE, 1, 1)', 'as it was said');
SELECT lives_ok('EXECUTE rollout(30)', 'and one thing of it');
SELECT results_eq('flag', 'VALUES (TRUE, 30, TRUE, FALSE, 1, 1)', 'leaves the others');

RESET ROLE;
SELECT finish();
ROLLBACK;
