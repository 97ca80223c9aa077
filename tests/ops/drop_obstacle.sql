-- ops.drop_obstacle(): a leaf that has left is kept unless its table's policy, its age and what needs its rows agree.

BEGIN;
SELECT plan(16);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_readings.psql

SELECT is_definer('ops', 'drop_obstacle', ARRAY['regclass', 'timestamp with time zone', 'boolean']);
SELECT function_owner_is(
    'ops', 'drop_obstacle', ARRAY['regclass', 'timestamp with time zone', 'boolean'], 'tradebase_kernel'
);
SELECT is(
    pg_temp.who_may_execute('ops.drop_obstacle(regclass, timestamptz, boolean)'),
    ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'], 'for those who watch and operate'
);
UPDATE system.system_config SET value = '"400 days"' WHERE key = 'idempotency_retention';
CREATE FUNCTION pg_temp.obstacle(action text, retention interval, age interval, is_exported boolean DEFAULT FALSE)
RETURNS text LANGUAGE sql AS $$
    UPDATE ops.partition_policies SET action = $1, retention = $2;
    SELECT ops.drop_obstacle('market.t_readings', now() - $3, $4);
$$;

SELECT is(pg_temp.obstacle(w.action, w.retention, w.age, w.is_exported), w.obstacle, w.description)
FROM (VALUES
    ('drop', INTERVAL '2 years', INTERVAL '2 years', FALSE, NULL, 'old enough, and to be dropped'),
    ('drop', '2 years', '729 days', FALSE, 'it is younger than its table''s retention, 2 years', 'a day too young'),
    ('drop', '7 years', '3 years', FALSE, 'it is younger than its table''s retention, 7 years', 'kept longer meanwhile'),
    ('drop', NULL, '99 years', FALSE, 'its table is kept for ever', 'kept for ever'),
    ('drop', '2 years', NULL, FALSE, 'it is younger than its table''s retention, 2 years', 'without an end'),
    (
        'drop', '1 day', '2 days', FALSE, 'the leaf is younger than idempotency_retention, 400 days',
        'what might not retire is not dropped'
    ),
    ('export', '2 years', '3 years', FALSE, 'tradebase maintain --export-to writes it to a file first', 'in no file'),
    ('export', '2 years', '3 years', NULL, 'tradebase maintain --export-to writes it to a file first', 'in none known'),
    ('export', '2 years', '3 years', TRUE, NULL, 'in a file'),
    ('export', NULL, '3 years', TRUE, 'its table is kept for ever', 'in a file, and kept for ever'),
    ('detach', '2 years', '3 years', TRUE, 'its table''s policy is to keep it in the attic', 'to be kept')
) AS w (action, retention, age, is_exported, obstacle, description);
SELECT is(
    ops.drop_obstacle('market.assets', '2001-02-01', TRUE), 'its table is kept for ever', 'what has no policy is kept'
);
SET LOCAL ROLE authenticated;
SELECT throws_ok(
    $$ SELECT ops.drop_obstacle('pg_class', '2001-02-01', TRUE) $$, '42501', NULL, 'a client is not told'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
