-- ops.retired_leaves: where the rows of a leaf are that was taken off its table; who did it is in the audit log.

BEGIN;
SELECT plan(21);

SELECT columns_are('ops', 'retired_leaves', ARRAY[
    'id', 'parent', 'leaf', 'from_at', 'to_at', 'rows', 'checksum', 'retired_at', 'exported_to', 'exported_at',
    'dropped_at', 'reattached_at'
]);
SELECT col_is_pk('ops', 'retired_leaves', 'id', 'a leaf may be retired more than once');
SELECT indexes_are('ops', 'retired_leaves', ARRAY['retired_leaves_pkey', 'retired_leaves_leaf_idx']);
SELECT triggers_are('ops', 'retired_leaves', ARRAY[
    'retired_leaves_audit_insert', 'retired_leaves_audit_update', 'retired_leaves_audit_delete',
    'retired_leaves_audit_truncate'
]);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'ops.retired_leaves'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

PREPARE retire AS
INSERT INTO ops.retired_leaves (parent, leaf, from_at, to_at, rows, checksum)
VALUES ('trading.trades', 't_trades_2001_01', '2001-01-01 00:00:00+00', '2001-02-01 00:00:00+00', 2, '-12');
SELECT lives_ok('retire', 'a leaf is away with its rows and their checksum');
SELECT throws_ok('retire', '23505', NULL, 'it is away once');
UPDATE ops.retired_leaves SET reattached_at = '2031-01-01 00:00:00+00' WHERE leaf = 't_trades_2001_01';
SELECT lives_ok('retire', 'once it was back it may go again');
SELECT results_eq(
    $$ SELECT l.operation, l.after ->> 'reattached_at' FROM audit.audit_logs AS l
       WHERE l.relation = 'ops.retired_leaves' ORDER BY l.id $$,
    $$ VALUES ('INSERT', NULL), ('UPDATE', '2031-01-01T00:00:00+00:00'), ('INSERT', NULL) $$, 'and all of it is on record'
);

SELECT throws_ok(
    format('UPDATE ops.retired_leaves SET %s WHERE reattached_at IS NULL', wrong.change), wrong.state, NULL,
    wrong.description
)
FROM (VALUES
    ('parent = NULL', '23502', 'a leaf had a parent'),
    ('leaf = NULL', '23502', 'and a name'),
    ($$ leaf = '' $$, '23514', 'that is not empty'),
    ($$ leaf = repeat('x', 64) $$, '23514', 'nor longer than a name'),
    ('to_at = from_at', '23514', 'it held some time'),
    ('rows = -1', '23514', 'and no fewer rows than none'),
    ($$ checksum = 'abc' $$, '23514', 'a checksum is a number'),
    ($$ checksum = '-' $$, '23514', 'of at least a digit'),
    ($$ exported_to = '/a' $$, '23514', 'a file has a time'),
    ($$ exported_at = '2031-01-01' $$, '23514', 'and a time its file'),
    ($$ exported_to = '', exported_at = '2031-01-01' $$, '23514', 'that has a name')
) AS wrong (change, state, description);
SELECT throws_ok('UPDATE ops.retired_leaves SET id = 1', '428C9', NULL, 'nobody chooses an id');

SELECT finish();
ROLLBACK;
