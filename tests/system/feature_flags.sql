-- system.feature_flags: off until somebody turns it on, a percentage that is one, and lists without contradiction.

BEGIN;
SELECT plan(18);

SELECT columns_are('system', 'feature_flags', ARRAY[
    'key', 'description', 'is_enabled', 'rollout_pct', 'is_for_staff', 'is_public', 'allowed_user_ids',
    'denied_user_ids', 'updated_at'
]);
SELECT col_is_pk('system', 'feature_flags', 'key', 'a key stands once');
SELECT indexes_are('system', 'feature_flags', ARRAY['feature_flags_pkey']);
SELECT triggers_are('system', 'feature_flags', ARRAY[
    'feature_flags_touch', 'feature_flags_audit_insert', 'feature_flags_audit_update',
    'feature_flags_audit_delete', 'feature_flags_audit_truncate'
]);

SELECT lives_ok($$ INSERT INTO system.feature_flags (key, description) VALUES ('t_new', 'New.') $$, 'a flag is made');
SELECT results_eq(
    $$ SELECT is_enabled, rollout_pct, is_for_staff, cardinality(allowed_user_ids), cardinality(denied_user_ids)
       FROM system.feature_flags WHERE key = 't_new' $$,
    'VALUES (FALSE, 0, FALSE, 0, 0)', 'and is off for everybody'
);
SELECT throws_ok(
    format('UPDATE system.feature_flags SET %s WHERE key = %L', wrong.change, 't_new'), wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ rollout_pct = 101 $$, '23514', 'no more than a hundred of a hundred'),
    ($$ rollout_pct = -1 $$, '23514', 'nor less than none'),
    ($$ rollout_pct = NULL $$, '23502', 'it is a number'),
    ($$ is_enabled = NULL $$, '23502', 'on or off'),
    ($$ key = 'T new' $$, '23514', 'a key is plain'),
    ($$ description = '' $$, '23514', 'a flag is described'),
    ($$ allowed_user_ids = ARRAY[NULL]::uuid[] $$, '23514', 'nobody is no user'),
    ($$ denied_user_ids = ARRAY[NULL]::uuid[] $$, '23514', 'on either list'),
    ($$ allowed_user_ids = array_fill(gen_random_uuid(), ARRAY[1001]) $$, '23514', 'a list is short'),
    (
        $$ allowed_user_ids = '{aaaaaaaa-0000-4000-8000-00000000000a}',
           denied_user_ids = '{aaaaaaaa-0000-4000-8000-00000000000a}' $$, '23514', 'nobody is on both'
    )
) AS wrong (change, state, description);

UPDATE system.feature_flags SET rollout_pct = 100, updated_at = '2001-01-01' WHERE key = 't_new';
SELECT results_eq(
    $$ SELECT updated_at > '2001-01-02' FROM system.feature_flags WHERE key = 't_new' $$, ARRAY[TRUE],
    'the server says when it changed'
);
SELECT throws_ok(
    $$ INSERT INTO system.feature_flags (key, description) VALUES ('t_new', 'Again.') $$, '23505', NULL, 'there is one of each'
);

SELECT finish();
ROLLBACK;
