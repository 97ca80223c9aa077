-- core.wait_for_token(): on the primary what has committed is there, and what is no token of it is refused. What a
-- replica says is in tests/replica.

-- One transaction that commits, one that does not, and one that has only read.
BEGIN;
CREATE TEMPORARY TABLE kept ();
SELECT core.write_token() AS committed \gset
COMMIT;
BEGIN;
CREATE TEMPORARY TABLE taken_back ();
SELECT core.write_token() AS rolled_back \gset
ROLLBACK;
SELECT core.write_token() AS readers \gset

BEGIN;
SELECT plan(25);
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('core', 'wait_for_token', ARRAY['text', 'interval'], 'it runs with the rights of whoever waits');
SELECT is(
    pg_temp.who_may_execute('core.wait_for_token(text,interval)'),
    ARRAY['authenticated', 'service_role', 'tradebase_reporter'], 'those who write, and who reports on it'
);
SELECT split_part(:'committed', '.', 1) AS timeline, split_part(:'committed', '.', 2) AS lsn \gset
SELECT pg_current_xact_id() AS mine \gset
PREPARE wait_for (text) AS SELECT core.wait_for_token($1, '0');
PREPARE wait_long (interval) AS SELECT core.wait_for_token(:'committed', $1);

SET LOCAL ROLE authenticated;
SELECT lives_ok(format('EXECUTE wait_for(%L)', :'committed'), 'what has committed is here');
SELECT lives_ok(format('EXECUTE wait_for(%L)', :'readers'), 'what a reader has seen is here');
SELECT lives_ok(format('EXECUTE wait_for(%L)', core.write_token()), 'what a transaction has written itself it sees');
SELECT throws_ok(
    format('EXECUTE wait_for(%L)', :'rolled_back'), 'TR602', 'the write was rolled back',
    'what was rolled back is not waited for'
);
-- So old that the server has forgotten how it ended: initdb's.
SELECT lives_ok(format('EXECUTE wait_for(%L)', concat_ws('.', :'timeline', :'lsn', '4')), 'what is very old has ended');
SELECT throws_ok(
    format('EXECUTE wait_for(%L)', concat_ws('.', :'timeline', :'lsn', :'mine'::bigint + 1000000)), 'TR601',
    'the write is not here yet', 'a transaction that has not begun is not here'
);
SELECT throws_ok(
    format('EXECUTE wait_for(%L)', concat_ws('.', :'timeline', 'FFFFFFFF/0', '4')), 'TR603',
    'the token is of another timeline', 'the primary has never been there: it is another cluster''s'
);
SELECT throws_ok(
    format('EXECUTE wait_for(%L)', concat_ws('.', 'FFFFFFFF', :'lsn', '4')), 'TR603', NULL,
    'a failover lies between, or a restore, and back'
);
SELECT throws_ok(
    format('EXECUTE wait_for(%L)', concat_ws('.', '7FFFFFFF', :'lsn', '4')), 'TR603', NULL, 'a later timeline is another'
);
SELECT throws_ok(
    format('EXECUTE wait_for(%L)', concat_ws('.', '00000000', :'lsn', '4')), 'TR603', NULL, 'an earlier one too'
);

SELECT throws_ok(
    format('EXECUTE wait_for(%L)', bad.token), 'TR010', 'invalid token', format('%L is no token', bad.token)
) FROM (VALUES
    (NULL), (''), ('0/1'), (:'lsn'), (upper(:'committed') || ' '), (:'committed' || E'\n'),
    (:'timeline' || '.123456789/0.4'), (:'timeline' || '.0/1.-4'), (:'timeline' || '.0/1.' || repeat('9', 19))
) AS bad (token);
SELECT throws_ok(
    format('EXECUTE wait_long(%L)', bad.timeout), 'TR010', 'invalid timeout', format('%L is no time to wait', bad.timeout)
) FROM (VALUES (NULL), ('-1 second'), ('5.1 seconds')) AS bad (timeout);

SET LOCAL ROLE anon;
PREPARE of_anybody AS SELECT core.wait_for_token('');
SELECT throws_ok('of_anybody', '42501', NULL, 'who has no token does not wait');

RESET ROLE;
SELECT finish();
ROLLBACK;
