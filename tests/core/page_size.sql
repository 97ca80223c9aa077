-- core.page_size(): a page is 1 to 1000 rows.

BEGIN;
SELECT plan(10);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(
    pg_temp.who_may_execute('core.page_size(integer)'), ARRAY['anon', 'authenticated', 'tradebase_auditor'],
    'the lists call it for who calls them'
);
SELECT volatility_is('core', 'page_size', ARRAY['integer'], 'immutable', 'a plan may know it');
SET LOCAL ROLE anon;
SELECT is(core.page_size(1), 1, 'one row is a page');
SELECT is(core.page_size(1000), 1000, 'so are a thousand');
SELECT throws_ok('SELECT core.page_size(0)', 'TR010', 'invalid max_rows', 'none is not');
SELECT throws_ok('SELECT core.page_size(-1)', 'TR010', 'invalid max_rows', 'nor is less than none');
SELECT throws_ok('SELECT core.page_size(1001)', 'TR010', 'invalid max_rows', 'nor are more');
SELECT throws_ok('SELECT core.page_size(NULL)', 'TR010', 'invalid max_rows', 'nor is everything');
RESET ROLE;
SELECT is(
    pg_temp.detail_of('SELECT core.page_size(0)'), '{"argument": "max_rows", "expected": "1 to 1000"}',
    'the detail says which argument'
);
SET LOCAL ROLE service_role;
SELECT throws_ok('SELECT core.page_size(1)', '42501', NULL, 'a service reads no list');

RESET ROLE;
SELECT finish();
ROLLBACK;
