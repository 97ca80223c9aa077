-- api.list_fills(): my side of my trades, newest first, page by page, reading no month that the page does not need.

BEGIN;
SELECT plan(26);
\ir ../fixtures/trading_rows.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/read_plan.psql
SELECT count(ops.ensure_partitions('trading.fills', d.day, d.day)) AS leaves
FROM (VALUES (date '2031-01-01'), ('2031-02-01'), ('2031-03-01'), ('2031-04-01')) AS d (day) \gset

CREATE FUNCTION pg_temp.id_of(at timestamptz, n integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT (
        lpad(to_hex((extract(EPOCH FROM id_of.at) * 1000)::bigint), 12, '0') || '70008' || lpad(n::text, 15, '0')
    )::uuid
$$;
-- Fill n of somebody at a time; its id tells both.
CREATE FUNCTION pg_temp.filled(n integer, at timestamptz, changes jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.put('trading.fills', jsonb_build_object(
        'id', pg_temp.id_of(filled.at, n), 'executed_at', filled.at, 'trade_seq', n
    ) || filled.changes)
$$;
GRANT EXECUTE ON FUNCTION pg_temp.id_of(timestamptz, integer) TO authenticated;
SELECT
    pg_temp.filled(1, '2031-02-10 10:00+00'), pg_temp.filled(2, '2031-02-10 10:00+00'),
    pg_temp.filled(3, '2031-03-05 12:00+00'), pg_temp.filled(4, '2031-03-05 12:00+00'),
    pg_temp.filled(5, '2031-03-05 12:00+00', jsonb_build_object('market_id', :closed_market)),
    pg_temp.filled(6, '2031-03-06 10:00+00', '{"fee": -0.010, "realized_pnl": 1.50, "fee_rate": -0.0001}'),
    pg_temp.filled(7, '2031-03-06 11:00+00', jsonb_build_object('user_id', :'bob'));
SELECT count(pg_temp.filled(n, '2031-01-10 10:00+00'::timestamptz + n * INTERVAL '1 minute')) AS old
FROM generate_series(100, 400) AS n \gset
ANALYZE trading.fills;

SELECT isnt_definer('api', 'list_fills', ARRAY['text', 'timestamp with time zone', 'uuid', 'integer']);
SELECT is(
    pg_temp.who_may_execute('api.list_fills(text,timestamptz,uuid,integer)'), ARRAY['authenticated'],
    'who is signed in has them'
);
SELECT results_eq(
    $$ SELECT DISTINCT t.typ::regtype::text FROM pg_proc AS p, unnest(p.proallargtypes, p.proargnames) AS t (typ, name)
       WHERE p.oid = 'api.list_fills(text,timestamptz,uuid,integer)'::regprocedure
       AND t.name ~ 'price|quantity|fee|pnl' $$,
    ARRAY['text'], 'money is text'
);

PREPARE page(text, timestamptz, integer, integer) AS
SELECT l.trade_seq::integer FROM api.list_fills($1, $2, pg_temp.id_of($2, $3), $4) AS l;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    $$ SELECT
           executed_at, order_id, market, trade_seq, side, liquidity, price, quantity, quote_quantity, fee, fee_asset,
           fee_rate, realized_pnl
       FROM api.list_fills(max_rows => 1) $$,
    $$ VALUES (
        timestamptz '2031-03-06 10:00+00', uuid '01c1790c-d500-7000-8000-000000000003', 'T1BTC-T1USD', 6::bigint,
        'sell', 'maker', '10.5', '0.3', '3.15', '-0.01', 'T1USD', '-0.0001', '1.5'
    ) $$, 'a fill as it was'
);

-- Pages, through a tie and with more that is traded in between
SELECT results_eq('EXECUTE page(NULL, NULL, NULL, 2)', ARRAY[6, 5], 'the newest first');
RESET ROLE;
SELECT
    pg_temp.filled(9, '2031-03-07 10:00+00'), pg_temp.filled(10, '2031-04-01 00:00+00'),
    pg_temp.filled(11, '2031-03-06 11:00+00', jsonb_build_object('user_id', :'bob'));
SET LOCAL ROLE authenticated;
SELECT results_eq(
    $$ EXECUTE page(NULL, '2031-03-05 12:00+00', 5, 2) $$, ARRAY[4, 3], 'the next page goes on inside the moment'
);
SELECT results_eq(
    $$ EXECUTE page(NULL, '2031-03-05 12:00+00', 3, 2) $$, ARRAY[2, 1], 'and over the month; what came meanwhile is on none'
);
SELECT results_eq('EXECUTE page(NULL, NULL, NULL, 3)', ARRAY[10, 9, 6], 'it leads when the first is read again');
SELECT results_eq($$ EXECUTE page('T1OLD-T1BTC', NULL, NULL, 10) $$, ARRAY[5], 'one market can be asked for');
SELECT is_empty($$ SELECT * FROM api.list_fills(before_executed_at => '-infinity') $$, 'before everything is nothing');
SELECT results_eq(
    $$ SELECT count(*) FROM api.list_fills(before_executed_at => 'infinity', max_rows => 1000) $$, ARRAY[309::bigint],
    'before the end of time is everything'
);

-- How it is read
SELECT is(
    pg_temp.leaves_read($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$),
    ARRAY['partitions.fills_2031_03'], 'no month after the cursor, and none before it that the page does not need'
);
SELECT is(
    pg_temp.sorts_of($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$), '{}',
    'in the order of the index: nothing is sorted, nothing scanned'
);
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(
    pg_temp.leaves_read($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$),
    ARRAY['partitions.fills_2031_03'], 'a plan made before neither'
);
RESET plan_cache_mode;

-- Refusals
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 0)', 'TR010', 'invalid max_rows', 'a page has a row');
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 1001)', 'TR010', 'invalid max_rows', 'and an end');
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, NULL)', 'TR010', 'invalid max_rows', 'it is not everything');
SELECT throws_ok($$ EXECUTE page('T1-NOT-HERE', NULL, NULL, 1) $$, 'TR001', 'unknown market', 'a market is known');

-- Bob, and nobody
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('EXECUTE page(NULL, NULL, NULL, 1000)', ARRAY[11, 7], 'Bob sees his own side');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('EXECUTE page(NULL, NULL, NULL, 10)', 'who never traded sees none');
SELECT throws_ok(
    $$ EXECUTE page('T1-NOT-HERE', NULL, NULL, 1) $$, 'TR001', 'unknown market', 'and for them too a market is known'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('EXECUTE page(NULL, NULL, NULL, 10)', 'a request that speaks for nobody sees none');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('SELECT * FROM api.list_fills()', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('SELECT * FROM api.list_fills()', '42501', NULL, 'a service reads no fill');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('SELECT * FROM api.list_fills()', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('SELECT * FROM api.list_fills()', '42501', NULL, 'nor an operator');

RESET ROLE;
SELECT finish();
ROLLBACK;
