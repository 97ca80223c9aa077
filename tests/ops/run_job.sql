-- ops.run_job(): candles, snapshots and analytics, as ops.due_maintenance() asks for them: done, or on record why not.

BEGIN;
SELECT plan(39);
\ir ../fixtures/marked_session.psql
\ir ../fixtures/tape.psql
\set carol cccccccc-0000-4000-8000-00000000000c
\set dave dddddddd-0000-4000-8000-00000000000d

SELECT is_definer('ops', 'run_job', ARRAY['text', 'jsonb']);
SELECT function_owner_is('ops', 'run_job', ARRAY['text', 'jsonb'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('ops.run_job(text, jsonb)'), ARRAY['tradebase_worker'], 'the worker may');
SELECT is(
    pg_temp.let_in($$ SELECT ops.run_job('portfolio.compute_analytics', '{}') $$), ARRAY['tradebase_worker'],
    'and nobody else'
);

-- Whoever else is in the database has no part in this, nor has another market.
UPDATE identity.users SET kind = 'system' WHERE kind = 'customer' AND id NOT IN (:'alice', :'bob');
INSERT INTO auth.users (id) VALUES (:'carol'), (:'dave');
SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS today \gset
PREPARE run(text, jsonb) AS SELECT ops.run_job($1, $2);
PREPARE due AS
SELECT d.n, d.statement FROM ops.due_maintenance(:'today') AS d WHERE d.n IN (8, 9) OR d.statement LIKE '%"T1BTC-T1USD"%';
PREPARE due_daily AS SELECT d.n FROM ops.due_maintenance(:'today') AS d WHERE d.n IN (8, 9);
PREPARE due_batches AS
SELECT substring(d.statement FROM '"upto_seq": (\d+)')::integer
FROM ops.due_maintenance(:'today') AS d WHERE d.statement LIKE '%"T1BTC-T1USD"%';
PREPARE told(text) AS
SELECT r.status, r.detail FROM ops.job_runs AS r WHERE r.job = $1 AND r.started_at >= now() ORDER BY r.id;
PREPARE daily AS
SELECT s.user_id FROM portfolio.portfolio_snapshots AS s
WHERE s.kind = 'daily' AND s.user_id IN (:'alice', :'bob', :'carol', :'dave') ORDER BY 1;

-- Nobody
SAVEPOINT nobody;
UPDATE identity.users SET kind = 'system' WHERE kind = 'customer';
SELECT is_empty('due_daily', 'where nobody is, nothing is asked for');
ROLLBACK TO nobody;

-- Bad input
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(format('EXECUTE run(%L, %L)', w.job, w.arguments), 'TR010', NULL, w.description)
FROM (VALUES
    ('market.rebuild_candles', '{"market": "T1BTC-T1USD"}', 'another function is no job'),
    ('portfolio.deposit', '{}', 'nor is one that moves money'),
    (NULL, '{}', 'nor nothing'),
    ('market.roll_candles', '["T1BTC-T1USD"]', 'arguments have names'),
    ('market.roll_candles', NULL, 'and are there')
) AS w (job, arguments, description);
SELECT is_empty($$ EXECUTE told('market.roll_candles') $$, 'what is no job is no run');

-- Candles
SELECT results_eq(
    'due',
    format(
        $$ VALUES
            (8, 'SELECT ops.run_job(''portfolio.snapshot_portfolio'', ''{"on": "%1$s"}'') AS problem'),
            (9, 'SELECT ops.run_job(''portfolio.compute_analytics'', ''{"on": "%1$s"}'') AS problem'),
            (10, 'SELECT ops.run_job(''market.roll_candles'', ''{"market": "T1BTC-T1USD", "upto_seq": 1}'') AS problem') $$, :'today'
    ),
    'the snapshots of the day, how everybody did, and last, which may be much, a market with a trade in no candle'
);
SELECT is_empty(
    $$ SELECT FROM ops.due_maintenance('2031-01-15') AS d WHERE d.n IN (8, 9) $$, 'the marks of another day are not known'
);
SELECT is(
    ops.run_job('market.roll_candles', '{"market": "T1BTC-T1USD", "upto_seq": 1}'), NULL, 'nothing goes wrong'
);
SELECT is_empty('due_batches', 'then the market is not due');
RESET ROLE;
SELECT ops.ensure_partitions('trading.trades', '2031-04-01', '2031-04-01') AS made \gset
SELECT pg_temp.tell(:traded, 2, '2031-04-01 00:00:00+00', 7, 1);
SET LOCAL ROLE tradebase_worker;
SET LOCAL client_min_messages = error;
SELECT alike(
    ops.run_job('market.roll_candles', '{"market": "T1BTC-T1USD", "upto_seq": 2}'),
    'TR903 market.price_history has no leaf for 2031-04-01 {%', 'what goes wrong is told'
);
SELECT is(
    ops.run_job('market.roll_candles', '{"market": "T1-NOT-HERE", "upto_seq": 2}'),
    'TR001 unknown market {"market": "T1-NOT-HERE"}', 'whatever it is'
);
SELECT results_eq(
    $$ SELECT r.status, r.detail - 'detail' FROM ops.job_runs AS r
       WHERE r.job = 'market.roll_candles' AND r.started_at >= now() ORDER BY r.id $$,
    $$ VALUES
        ('succeeded', '{"market": "T1BTC-T1USD", "upto_seq": 1, "done": 1}'::jsonb),
        (
            'failed', '{"market": "T1BTC-T1USD", "upto_seq": 2, "sqlstate": "TR903", '
            '"message": "market.price_history has no leaf for 2031-04-01"}'
        ),
        ('failed', '{"market": "T1-NOT-HERE", "upto_seq": 2, "sqlstate": "TR001", "message": "unknown market"}') $$,
    'and on record, with the market that stays behind'
);
SELECT results_eq('due_batches', ARRAY[2], 'which is due until it has caught up');
RESET ROLE;
UPDATE market.market_state SET last_engine_seq = 1150001, last_trade_seq = 1150001 WHERE market_id = :traded;
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    'due_batches',
    $$ SELECT least(100001 + 100000 * n, 1150001) FROM generate_series(0, 11) AS n $$,
    'far behind, it is rolled batch by batch, the oldest trades first'
);

-- Snapshots: Carol has had a T1ETH since yesterday, which nothing values; Dave a T1USD.
RESET ROLE;
INSERT INTO portfolio.balances (user_id, asset_id, available, version, updated_at)
SELECT w.user_id, w.asset_id, 1, 1, date_trunc('day', clock_timestamp(), 'UTC') - INTERVAL '1 hour'
FROM (VALUES (:'carol'::uuid, :t1eth), (:'dave', :t1usd)) AS w (user_id, asset_id);
UPDATE market.assets SET valuation_market_id = NULL WHERE code = 'T1ETH';
SET LOCAL ROLE tradebase_worker;
SELECT is(
    ops.run_job('portfolio.snapshot_portfolio', jsonb_build_object('on', :'today')),
    'TR007 something has no price {"asset": "T1ETH", "market": null}', 'what has no price is told'
);
SELECT results_eq(
    $$ EXECUTE told('portfolio.snapshot_portfolio') $$,
    format(
        $$ VALUES (
            'failed', '{"on": "%s", "done": 1, "sqlstate": "TR007", "message": "something has no price", '
            '"detail": "{\"asset\": \"T1ETH\", \"market\": null}"}'::jsonb
        ) $$, :'today'
    ),
    'and on record'
);
RESET ROLE;
SELECT results_eq('daily', ARRAY[:'dave'::uuid], 'who has nothing of it has a snapshot all the same');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('due_daily', ARRAY[8, 9], 'both are due');
SELECT is(
    ops.run_job('portfolio.compute_analytics', jsonb_build_object('on', :'today')), NULL, 'what is there is worked out'
);
SELECT results_eq('due_daily', ARRAY[8], 'the snapshots are still due');
RESET ROLE;
UPDATE market.assets SET valuation_market_id = :acked WHERE code = 'T1ETH';
SET LOCAL ROLE tradebase_worker;
SELECT is(
    ops.run_job('portfolio.snapshot_portfolio', jsonb_build_object('on', :'today')), NULL, 'until everything has a price'
);
RESET ROLE;
SELECT results_eq('daily', ARRAY[:'carol'::uuid, :'dave'], 'and everybody who had something has theirs');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('due_daily', ARRAY[9], 'which analytics have not seen');
EXECUTE run('portfolio.compute_analytics', jsonb_build_object('on', :'today'));
SELECT is_empty('due_daily', 'done once, nothing is due that day');
SELECT results_eq(
    $$ SELECT r.status, (r.detail ->> 'done')::integer FROM ops.job_runs AS r
       WHERE r.job = 'portfolio.compute_analytics' AND r.started_at >= now() ORDER BY r.id $$,
    $$ VALUES ('succeeded', 5), ('succeeded', 10) $$, 'a row of each window for each of them'
);
SELECT alike(
    ops.run_job('portfolio.compute_analytics', '{"on": "a day"}'), '22007 invalid input syntax%', 'a day is one'
);

-- Sizes and integrity
RESET ROLE;
PREPARE due_measures AS SELECT d.n FROM ops.due_maintenance(:'today') AS d WHERE d.n > 10;
DELETE FROM ops.job_runs WHERE job IN ('monitoring.sample_storage', 'ops.verify_integrity');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('due_measures', ARRAY[11, 12], 'both are due once a day');
SELECT is(ops.run_job('monitoring.sample_storage', jsonb_build_object('on', :'today')), NULL, 'sizes are kept');
SELECT results_eq('due_measures', ARRAY[12], 'and are due no more');
SELECT is(
    ops.run_job('ops.verify_integrity', jsonb_build_object('on', :'today')) IS NULL,
    (SELECT sum(v.bad_count) = 0 FROM ops.verify_integrity(:'today') AS v), 'the books keep their promises, or it is said'
);
SELECT is_empty('due_measures', 'whatever was found, nobody looks again that day');
SELECT results_eq(
    $$ SELECT (r.detail ->> 'done')::integer, jsonb_typeof(r.detail -> 'violated'), (r.detail -> 'violated' <> '{}') = (r.status = 'failed')
       FROM ops.job_runs AS r WHERE r.job = 'ops.verify_integrity' AND r.started_at >= now() $$,
    'VALUES (25, ''object'', TRUE)', 'what was looked at is on record, and what was found: no sample of whose'
);
SELECT alike(ops.run_job('ops.verify_integrity', '{"on": "a day"}'), '22007 invalid input syntax%', 'that day is one too');

RESET ROLE;
SELECT finish();
ROLLBACK;
