-- core.refuse_change(): what an append-only table has taken stays, whoever asks, and the error names the table.

BEGIN;
SELECT plan(14);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(pg_temp.who_may_execute('core.refuse_change()'), '{}', 'nobody makes triggers of it but the owner');
SELECT isnt_definer('core', 'refuse_change', '{}'::name[], 'it needs no rights but the writer''s');

CREATE TABLE market.t_facts (id integer);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON market.t_facts TO tradebase_kernel;
CREATE TRIGGER t_facts_append_only BEFORE UPDATE OR DELETE ON market.t_facts
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('the name of the table');
CREATE TRIGGER t_facts_no_truncate BEFORE TRUNCATE ON market.t_facts
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('the name of the table');

PREPARE new_fact AS INSERT INTO market.t_facts (id) VALUES (1), (2);
PREPARE facts AS SELECT id FROM market.t_facts ORDER BY id;
PREPARE rewrite AS UPDATE market.t_facts SET id = 3;
PREPARE forget AS DELETE FROM market.t_facts WHERE id = 1;
PREPARE forget_none AS DELETE FROM market.t_facts WHERE id = 5;

SELECT lives_ok('new_fact', 'rows are added');
SELECT throws_ok('rewrite', 'TR902', 'the name of the table is append-only', 'no row is changed by the owner');
SELECT throws_ok('forget', 'TR902', 'the name of the table is append-only', 'nor removed');
SELECT throws_ok(
    'TRUNCATE market.t_facts', 'TR902', 'the name of the table is append-only', 'nor all of them at once'
);
SELECT lives_ok('forget_none', 'removing no row is no change');
SELECT is(
    pg_temp.detail_of(c.command), jsonb_build_object('operation', c.operation),
    format('the detail of a refused %s tells the operation', c.operation)
)
FROM (VALUES
    ('UPDATE', 'UPDATE market.t_facts SET id = 3'), ('DELETE', 'DELETE FROM market.t_facts'),
    ('TRUNCATE', 'TRUNCATE market.t_facts')
) AS c (operation, command);

SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok('rewrite', 'TR902', NULL, 'the kernel changes none, whatever it was granted');
SELECT throws_ok('forget', 'TR902', NULL, 'nor removes one');
SELECT throws_ok('TRUNCATE market.t_facts', 'TR902', NULL, 'nor all of them');
RESET ROLE;
SELECT results_eq('facts', ARRAY[1, 2], 'every row is as it was written');

SELECT finish();
ROLLBACK;
