-- ops.partition_policies: one policy per table, with a period that leaves can be made for and a runway that lasts.

BEGIN;
SELECT plan(21);

SELECT columns_are('ops', 'partition_policies', ARRAY['parent', 'period', 'premake', 'retention', 'action']);
SELECT col_type_is('ops', 'partition_policies', 'parent', 'regclass', 'a parent follows its table when it is renamed');
SELECT col_type_is('ops', 'partition_policies', 'retention', 'interval', 'retention is an age');
SELECT col_is_pk('ops', 'partition_policies', 'parent', 'a table has one policy');
SELECT indexes_are('ops', 'partition_policies', ARRAY['partition_policies_pkey']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.partition_policies'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

CREATE TABLE market.t_days (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE market.t_weeks (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE market.t_months (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE market.t_years (at timestamptz NOT NULL) PARTITION BY RANGE (at);

PREPARE list AS
INSERT INTO ops.partition_policies (parent, period, premake, retention, action) VALUES
('market.t_days', 'day', 100, '30 days', 'drop'),
('market.t_weeks', 'week', 3, '1 second', 'detach'),
('market.t_months', 'month', 12, NULL, 'detach');
PREPARE list_shortly AS INSERT INTO ops.partition_policies (parent, period) VALUES ('market.t_years', 'year');
PREPARE seen AS
SELECT parent::text, period, premake, retention, action FROM ops.partition_policies
WHERE parent::text ~ '^market\.t_' ORDER BY parent::text;

SELECT lives_ok('list', 'every period, retention and action is taken to its edge');
SELECT lives_ok('list_shortly', 'a policy needs a table and a period');
SELECT results_eq(
    'seen',
    $$ VALUES
        ('market.t_days', 'day', 100, INTERVAL '30 days', 'drop'),
        ('market.t_months', 'month', 12, NULL, 'detach'),
        ('market.t_weeks', 'week', 3, '1 second', 'detach'),
        ('market.t_years', 'year', 3, NULL, 'detach') $$,
    'three leaves ahead, kept for ever and never dropped unless it says otherwise'
);

SELECT throws_ok(
    format('UPDATE ops.partition_policies SET %s WHERE parent = ''market.t_months''::regclass', wrong.change),
    wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ period = 'hour' $$, '23514', 'no leaf for an hour'),
    ('period = NULL', '23502', 'a policy has a period'),
    ('premake = 2', '23514', 'two leaves ahead are too few'),
    ('premake = 101', '23514', 'a hundred and one are too many'),
    ('premake = NULL', '23502', 'a policy says how many leaves ahead'),
    ($$ retention = '0' $$, '23514', 'a leaf is not retired before it is full'),
    ($$ retention = '-1 day' $$, '23514', 'nor before it began'),
    ($$ action = 'archive' $$, '23514', 'an action outside the list is refused'),
    ($$ parent = 'market.t_days' $$, '23505', 'a table has no second policy'),
    ('parent = NULL', '23502', 'a policy is for a table'),
    ($$ parent = 'market.t_none' $$, '42P01', 'a policy is for a table that exists')
) AS wrong (change, state, description);

ALTER TABLE market.t_years RENAME TO t_decades;
SELECT results_eq(
    $$ SELECT parent::text FROM ops.partition_policies WHERE period = 'year' AND parent::text ~ '^market\.t_' $$,
    ARRAY['market.t_decades'], 'a renamed table keeps its policy'
);

SELECT finish();
ROLLBACK;
