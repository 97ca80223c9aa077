-- ops.leaf_problems(): whatever sets a leaf apart from its parent is named, each kind after it was broken here.

BEGIN;
SELECT plan(29);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/ops_readings.psql
SELECT ops.ensure_partitions('market.t_readings', '2031-01-01', '2031-02-01');

SELECT volatility_is('ops', 'leaf_problems', ARRAY['regclass'], 'stable', 'it only looks');
SELECT is(
    pg_temp.who_may_execute('ops.leaf_problems(regclass)'),
    ARRAY['tradebase_kernel', 'tradebase_monitor', 'tradebase_operator', 'tradebase_worker'],
    'it is for those who watch and operate'
);

-- What a leaf may have wrong, one after the other.
PREPARE problems AS SELECT unnest(ops.leaf_problems('partitions.t_readings_2031_01'));
PREPARE problems_beside AS SELECT unnest(ops.leaf_problems('partitions.t_readings_2031_02'));
SELECT is_empty('problems', 'a leaf as it was made has no problem');
SAVEPOINT whole;

ALTER TABLE partitions.t_readings_2031_01 NO FORCE ROW LEVEL SECURITY;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: row level security is off or not forced'],
    'row level security that spares the owner is named'
);
SELECT is_empty('problems_beside', 'and the leaf beside it is as good as ever');
ROLLBACK TO whole;

ALTER TABLE partitions.t_readings_2031_01 DISABLE ROW LEVEL SECURITY;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: row level security is off or not forced'],
    'row level security that is off is named'
);
ROLLBACK TO whole;

GRANT SELECT, INSERT ON partitions.t_readings_2031_01 TO anon;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: anon holds a grant'], 'a grant is named once, with who holds it'
);
ROLLBACK TO whole;

GRANT UPDATE (amount) ON partitions.t_readings_2031_01 TO tradebase_kernel;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: tradebase_kernel holds a grant'],
    'a grant on one column is named, the kernel''s too'
);
ROLLBACK TO whole;

GRANT SELECT ON partitions.t_readings_2031_01 TO PUBLIC;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: PUBLIC holds a grant'], 'a grant to everybody is named'
);
ROLLBACK TO whole;

ALTER TABLE partitions.t_readings_2031_01 REPLICA IDENTITY DEFAULT;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: replica identity differs from its parent''s'],
    'another replica identity is named'
);
ROLLBACK TO whole;

CREATE INDEX t_readings_big_idx ON ONLY market.t_readings (read_at) WHERE is_big;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: lacks index market.t_readings_big_idx, or it is invalid'],
    'an index that only the parent has is named'
);
CREATE INDEX t_readings_2031_01_big_idx ON partitions.t_readings_2031_01 (read_at) WHERE is_big;
SELECT results_eq(
    'problems',
    ARRAY[
        'partitions.t_readings_2031_01: index partitions.t_readings_2031_01_big_idx is not its parent''s',
        'partitions.t_readings_2031_01: lacks index market.t_readings_big_idx, or it is invalid'
    ],
    'one that looks the same and is not attached is none'
);
ALTER INDEX market.t_readings_big_idx ATTACH PARTITION partitions.t_readings_2031_01_big_idx;
SELECT is_empty('problems', 'attached, it is one');
SELECT results_eq(
    'problems_beside',
    ARRAY['partitions.t_readings_2031_02: lacks index market.t_readings_big_idx, or it is invalid'],
    'while the leaf beside it still lacks its own'
);
ROLLBACK TO whole;

PREPARE watch_problem AS
VALUES ('partitions.t_readings_2031_01: trigger t_readings_watch is missing, disabled or another than its parent''s');

ALTER TABLE partitions.t_readings_2031_01 DISABLE TRIGGER t_readings_watch;
SELECT results_eq('problems', 'watch_problem', 'a statement trigger that sleeps is named');
ROLLBACK TO whole;

DROP TRIGGER t_readings_watch ON partitions.t_readings_2031_01;
SELECT results_eq('problems', 'watch_problem', 'a statement trigger that is gone is named');
CREATE TRIGGER t_readings_watch AFTER INSERT ON partitions.t_readings_2031_01
FOR EACH STATEMENT EXECUTE FUNCTION market.t_readings_refuse();
SELECT results_eq('problems', 'watch_problem', 'one of its name that runs another function is no twin');
DROP TRIGGER t_readings_watch ON partitions.t_readings_2031_01;
CREATE TRIGGER t_readings_watch AFTER UPDATE ON partitions.t_readings_2031_01
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION market.t_readings_watch();
SELECT results_eq('problems', 'watch_problem', 'nor is one that waits for something else');
ROLLBACK TO whole;

ALTER TABLE partitions.t_readings_2031_01 ENABLE TRIGGER t_readings_no_truncate;
SELECT results_eq(
    'problems',
    ARRAY[
        'partitions.t_readings_2031_01: '
        'trigger t_readings_no_truncate is missing, disabled or another than its parent''s'
    ],
    'a trigger that sleeps in a replica is named where the parent''s does not'
);
ROLLBACK TO whole;

ALTER TABLE partitions.t_readings_2031_01 DISABLE TRIGGER t_readings_keep;
SELECT results_eq(
    'problems',
    ARRAY['partitions.t_readings_2031_01: trigger t_readings_keep is missing, disabled or another than its parent''s'],
    'a row trigger that sleeps is named'
);
ROLLBACK TO whole;

-- And what only the leaf has.
CREATE TRIGGER t_readings_more BEFORE INSERT ON partitions.t_readings_2031_01
FOR EACH ROW EXECUTE FUNCTION market.t_readings_refuse();
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: trigger t_readings_more is not its parent''s'],
    'a trigger that only the leaf has is named'
);
ROLLBACK TO whole;

CREATE POLICY t_readings_more ON partitions.t_readings_2031_01 FOR SELECT TO anon USING (TRUE);
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: policy t_readings_more is not its parent''s'],
    'a policy that only the leaf has is named'
);
ROLLBACK TO whole;

CREATE UNIQUE INDEX t_readings_more_idx ON partitions.t_readings_2031_01 (amount);
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: index partitions.t_readings_more_idx is not its parent''s'],
    'an index that only the leaf has is named'
);
ROLLBACK TO whole;

ALTER TABLE partitions.t_readings_2031_01 SET SCHEMA market;
SELECT results_eq(
    $$ SELECT unnest(ops.leaf_problems('market.t_readings_2031_01')) $$,
    ARRAY['market.t_readings_2031_01: is not in schema partitions'], 'a leaf in another schema is named'
);
ROLLBACK TO whole;

GRANT CREATE ON SCHEMA partitions TO tradebase_kernel;
ALTER TABLE partitions.t_readings_2031_01 OWNER TO tradebase_kernel;
SELECT results_eq(
    'problems', ARRAY['partitions.t_readings_2031_01: belongs to another role than its parent'],
    'a leaf of another owner is named'
);
ROLLBACK TO whole;

ALTER TABLE partitions.t_readings_2031_01 NO FORCE ROW LEVEL SECURITY, REPLICA IDENTITY NOTHING;
GRANT SELECT ON partitions.t_readings_2031_01 TO anon;
SELECT results_eq(
    'problems',
    ARRAY[
        'partitions.t_readings_2031_01: anon holds a grant',
        'partitions.t_readings_2031_01: replica identity differs from its parent''s',
        'partitions.t_readings_2031_01: row level security is off or not forced'
    ],
    'all that is wrong with a leaf is named at once'
);
ROLLBACK TO whole;

SELECT is(ops.leaf_problems('ops.job_runs'), '{}', 'a table that is no leaf has no parent to differ from');

PREPARE look AS
SELECT count(*) FROM ops.partition_bounds((SELECT parent FROM ops.partition_policies)) AS b
WHERE ops.leaf_problems(b.leaf) = '{}';
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq('look', ARRAY[2::bigint], 'a monitor looks, without any right on the leaves');
SET LOCAL ROLE service_role;
SELECT throws_ok(
    'SELECT ops.leaf_problems(2200)', '42501', 'permission denied for schema ops', 'a service does not'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
