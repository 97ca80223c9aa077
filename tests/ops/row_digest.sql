-- ops.row_digest(): the same rows are the same number in any order and any session, other rows another.

BEGIN;
SELECT plan(12);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('ops.row_digest(regclass, name[], name, timestamptz, timestamptz)'), '{}',
    'it is for the owner alone'
);
CREATE TEMPORARY TABLE t_rows (
    id integer, at timestamptz, amount numeric, price double precision, content bytea, age interval, note text
);
INSERT INTO t_rows VALUES
(1, '2031-01-01 00:00:00.000001+00', 1.10, 0.1, '\x00ff', '1 day 02:00', 'a'),
(2, '2031-02-01 00:00:00+00', 1.1, NULL, NULL, NULL, NULL),
(3, '2031-02-02 00:00:00+00', NULL, NULL, NULL, NULL, '');
CREATE FUNCTION pg_temp.digest(VARIADIC columns name[]) RETURNS text LANGUAGE sql
RETURN (SELECT d.rows || ':' || d.checksum FROM ops.row_digest('pg_temp.t_rows', columns) AS d);
CREATE TEMPORARY TABLE t_first AS SELECT pg_temp.digest('id', 'at', 'amount', 'price', 'content', 'age', 'note') AS digest;
PREPARE now_differs AS
SELECT pg_temp.digest('id', 'at', 'amount', 'price', 'content', 'age', 'note') IS DISTINCT FROM digest FROM t_first;

SET LOCAL timezone = 'Pacific/Auckland';
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL intervalstyle = 'iso_8601';
SET LOCAL bytea_output = 'escape';
SET LOCAL extra_float_digits = -10;
SELECT results_eq('now_differs', ARRAY[FALSE], 'how a session prints does not matter');
UPDATE t_rows SET id = id;
INSERT INTO t_rows SELECT * FROM t_rows WHERE id = 1;
SELECT results_eq('now_differs', ARRAY[TRUE], 'a row twice is two');
DELETE FROM t_rows WHERE ctid IN (SELECT min(ctid) FROM t_rows WHERE id = 1);
SELECT results_eq('now_differs', ARRAY[FALSE], 'the order does not matter');
SAVEPOINT whole;
UPDATE t_rows SET amount = 1.1 WHERE id = 1;
SELECT results_eq('now_differs', ARRAY[TRUE], 'a zero less is another amount');
ROLLBACK TO whole;
UPDATE t_rows SET note = coalesce(note, '') WHERE id = 2;
SELECT results_eq('now_differs', ARRAY[TRUE], 'nothing is not empty');
ROLLBACK TO whole;
UPDATE t_rows SET at = at + INTERVAL '1 microsecond' WHERE id = 3;
SELECT results_eq('now_differs', ARRAY[TRUE], 'a microsecond is seen');
ROLLBACK TO whole;
UPDATE t_rows SET amount = 3 - amount, note = 'b' WHERE id < 3;
SELECT results_eq('now_differs', ARRAY[TRUE], 'two changes do not make up for each other');
ROLLBACK TO whole;

SELECT isnt(pg_temp.digest('id', 'at'), pg_temp.digest('at', 'id'), 'the order of the columns does');
SELECT results_eq(
    $$ SELECT rows FROM ops.row_digest('pg_temp.t_rows', '{id}', 'at', '2031-01-02 00:00:00+00', '2031-02-02 00:00:00+00') $$,
    ARRAY[1::bigint], 'of a stretch of time only what is in it: from its first instant to before its last'
);
DELETE FROM t_rows;
SELECT is(pg_temp.digest('id'), '0:0', 'no rows are no rows');
SELECT throws_ok($$ SELECT ops.row_digest('pg_temp.t_rows', '{nothing}') $$, '42703', NULL, 'a column is there or an error');

SELECT finish();
ROLLBACK;
