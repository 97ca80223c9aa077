-- api.wait_for_token(): clients wait for what they wrote.

-- As a client gets it: behind the commit.
BEGIN;
CREATE TEMPORARY TABLE kept ();
SELECT core.write_token() AS token \gset
COMMIT;

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'wait_for_token', ARRAY['text', 'interval']);
SELECT is(
    pg_temp.who_may_execute('api.wait_for_token(text,interval)'),
    ARRAY['authenticated', 'service_role', 'tradebase_reporter'], 'for those who write, and who reports on it'
);
PREPARE mine AS SELECT api.wait_for_token(token => :'token');
PREPARE of_nothing AS SELECT api.wait_for_token('nothing', '1 second');

SET LOCAL ROLE authenticated;
SELECT lives_ok('mine', 'a client finds its write here');
SELECT throws_ok('of_nothing', 'TR010', 'invalid token', 'and nothing by what is no token');
SET LOCAL ROLE service_role;
SELECT lives_ok('mine', 'so does a service');
SET LOCAL ROLE tradebase_reporter;
SELECT lives_ok('mine', 'and a reporter');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('mine', '42501', NULL, 'nobody else waits');
SET LOCAL ROLE anon;
SELECT throws_ok('mine', '42501', NULL, 'least of all who cannot write');

RESET ROLE;
SELECT finish();
ROLLBACK;
