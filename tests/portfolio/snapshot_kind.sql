-- portfolio.snapshot_kind(): the kinds of snapshots, and a refusal of every other.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(
    pg_temp.who_may_execute('portfolio.snapshot_kind(text)'), ARRAY['authenticated', 'tradebase_kernel'],
    'for what users and the kernel call'
);
SELECT volatility_is('portfolio', 'snapshot_kind', ARRAY['text'], 'immutable');
PREPARE kind_of(text) AS SELECT portfolio.snapshot_kind($1);
SELECT results_eq($$ EXECUTE kind_of('daily') $$, ARRAY['daily'], 'daily is one');
SELECT results_eq($$ EXECUTE kind_of('intraday') $$, ARRAY['intraday'], 'intraday is one');
SELECT throws_ok($$ EXECUTE kind_of('weekly') $$, 'TR010', 'invalid kind', 'weekly is none');
SELECT throws_ok('EXECUTE kind_of(NULL)', 'TR010', 'invalid kind', 'nor is nothing');
SELECT is(
    pg_temp.detail_of('EXECUTE kind_of(NULL)'), '{"argument": "kind", "expected": "intraday or daily"}',
    'the detail says which there are'
);

SELECT finish();
ROLLBACK;
