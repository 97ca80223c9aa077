-- core.client_key: a column of this type holds a key that a client may choose, or none.

BEGIN;
SELECT plan(8);

CREATE TEMPORARY TABLE t_commands (key core.client_key);

PREPARE longest AS INSERT INTO t_commands VALUES (repeat('k', 64));
PREPARE none AS INSERT INTO t_commands VALUES (NULL);
PREPARE empty AS INSERT INTO t_commands VALUES ('');
PREPARE too_long AS INSERT INTO t_commands VALUES (repeat('k', 65));
PREPARE blank AS INSERT INTO t_commands VALUES ('pay rent');
PREPARE two_lines AS INSERT INTO t_commands VALUES (E'pay\nrent');
PREPARE spoil AS UPDATE t_commands SET key = key || '!';

SELECT lives_ok('longest', 'a key has up to 64 characters');
SELECT lives_ok('none', 'a row may have no key: NOT NULL is the column''s to say');
SELECT throws_ok('empty', '23514', NULL, 'the empty text is no key');
SELECT throws_ok('too_long', '23514', NULL, '65 characters are no key');
SELECT throws_ok('blank', '23514', NULL, 'a key has no blank');
SELECT throws_ok('two_lines', '23514', NULL, 'a key is one line');
SELECT throws_ok('spoil', '23514', NULL, 'an update keeps the rule too');
SELECT results_eq(
    'SELECT key::text FROM t_commands ORDER BY key', ARRAY[repeat('k', 64), NULL], 'the refusals changed nothing'
);

SELECT finish();
ROLLBACK;
