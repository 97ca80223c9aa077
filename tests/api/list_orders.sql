-- api.list_orders(): my orders that have ended, newest first, page by page, reading no month that the page does not need.

BEGIN;
SELECT plan(31);
\ir ../fixtures/trading_rows.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/read_plan.psql
SELECT count(ops.ensure_partitions('trading.orders', d.day, d.day)) AS leaves
FROM (VALUES (date '2031-01-01'), ('2031-02-01'), ('2031-03-01'), ('2031-04-01')) AS d (day) \gset

-- Ends order n of somebody at a time; its id tells n.
CREATE FUNCTION pg_temp.ended(n integer, at text, changes jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.put('trading.orders', jsonb_build_object(
        'id', '01c1790c-d500-7000-8000-' || lpad(n::text, 12, '0'), 'closed_at', ended.at, 'status', 'canceled',
        'close_reason', 'user_cancel', 'hold', 0, 'on_book', FALSE
    ) || ended.changes)
$$;
SELECT
    pg_temp.ended(1, '2031-02-10 10:00+00'), pg_temp.ended(2, '2031-02-10 10:00+00'),
    pg_temp.ended(3, '2031-03-05 12:00+00'), pg_temp.ended(4, '2031-03-05 12:00+00'),
    pg_temp.ended(5, '2031-03-05 12:00+00', jsonb_build_object('market_id', :closed_market)),
    pg_temp.ended(6, '2031-03-06 10:00+00', '{
        "status": "filled", "close_reason": "filled", "filled_quantity": 2.000, "filled_quote": 19.50,
        "fee_total": -0.010, "client_order_id": "alice:6", "post_only": true,
        "replaces_order_id": "01c1790c-d500-7000-8000-000000000003"
    }'),
    pg_temp.ended(7, '2031-03-06 11:00+00', jsonb_build_object('user_id', :'bob')),
    pg_temp.put('trading.orders', '{"id": "01c1790c-d500-7000-8000-000000000008"}');
SELECT count(pg_temp.ended(n, '2031-01-10 10:00+00')) AS old FROM generate_series(100, 400) AS n \gset
ANALYZE trading.orders;

SELECT isnt_definer('api', 'list_orders', ARRAY['text', 'timestamp with time zone', 'uuid', 'integer']);
SELECT is(
    pg_temp.who_may_execute('api.list_orders(text,timestamptz,uuid,integer)'), ARRAY['authenticated'],
    'who is signed in has them'
);
SELECT results_eq(
    $$ SELECT DISTINCT t.typ::regtype::text FROM pg_proc AS p, unnest(p.proallargtypes, p.proargnames) AS t (typ, name)
       WHERE p.oid = 'api.list_orders(text,timestamptz,uuid,integer)'::regprocedure
       AND t.name ~ '^price$|quantity|quote|fee' $$,
    ARRAY['text'], 'money is text'
);

PREPARE page(text, timestamptz, integer, integer) AS
SELECT right(l.id::text, 12)::integer
FROM api.list_orders($1, $2, ('01c1790c-d500-7000-8000-' || lpad($3::text, 12, '0'))::uuid, $4) AS l;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'SELECT * FROM api.list_orders(max_rows => 1)',
    $$ VALUES (
        timestamptz '2031-03-06 10:00+00', uuid '01c1790c-d500-7000-8000-000000000006', 'alice:6', 'T1BTC-T1USD',
        'buy', 'limit', 'gtc', TRUE, 'filled', 'filled', '10', '2', '2', '19.5', '-0.01',
        timestamptz '2031-03-05 10:00+00', uuid '01c1790c-d500-7000-8000-000000000003'
    ) $$, 'an order as it ended'
);

-- Pages, through a tie and with more that ends in between
SELECT results_eq('EXECUTE page(NULL, NULL, NULL, 2)', ARRAY[6, 5], 'the newest first, of one moment the highest id');
RESET ROLE;
SELECT
    pg_temp.ended(9, '2031-03-07 10:00+00'), pg_temp.ended(10, '2031-04-01 00:00+00'),
    pg_temp.ended(11, '2031-03-06 11:00+00', jsonb_build_object('user_id', :'bob'));
SET LOCAL ROLE authenticated;
SELECT results_eq(
    $$ EXECUTE page(NULL, '2031-03-05 12:00+00', 5, 2) $$, ARRAY[4, 3], 'the next page goes on inside the moment'
);
SELECT results_eq(
    $$ EXECUTE page(NULL, '2031-03-05 12:00+00', 3, 2) $$, ARRAY[2, 1], 'and over the month; what ended meanwhile is on none'
);
SELECT results_eq('EXECUTE page(NULL, NULL, NULL, 3)', ARRAY[10, 9, 6], 'it leads when the first is read again');
SELECT results_eq(
    $$ EXECUTE page('T1OLD-T1BTC', NULL, NULL, 10) $$, ARRAY[5], 'one market can be asked for'
);
SELECT results_eq(
    $$ EXECUTE page('T1BTC-T1USD', '2031-03-06 10:00+00', 6, 3) $$, ARRAY[4, 3, 2], 'page by page too'
);
SELECT results_eq(
    $$ SELECT right(id::text, 2) FROM api.list_orders(before_closed_at => '2031-03-05 12:00+00', max_rows => 1) $$,
    ARRAY['02'], 'a time alone is what ended before it'
);
SELECT is_empty($$ EXECUTE page(NULL, '-infinity', 1, 10) $$, 'before everything is nothing');
SELECT results_eq(
    $$ SELECT count(*) FROM api.list_orders(max_rows => 1000) WHERE status IN ('open', 'pending', 'partially_filled') $$,
    ARRAY[0::bigint], 'what lives is not among them'
);
SELECT results_eq(
    $$ SELECT count(*) FROM api.list_orders(before_closed_at => 'infinity', max_rows => 1000) $$, ARRAY[309::bigint],
    'nor before the end of time'
);

-- How it is read
SELECT is(
    pg_temp.leaves_read($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$), ARRAY['partitions.orders_2031_03'],
    'a page that March fills reads March alone: not what is later, not the open book, not what is older'
);
SELECT is(
    pg_temp.leaves_read($$ EXECUTE page(NULL, '2031-03-05 12:00+00', 4, 2) $$),
    ARRAY['partitions.orders_2031_02', 'partitions.orders_2031_03'], 'a page over two months reads two'
);
SELECT is(
    pg_temp.sorts_of($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$), '{}',
    'in the order of the index: nothing is sorted, nothing scanned'
);
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(
    pg_temp.leaves_read($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$), ARRAY['partitions.orders_2031_03'],
    'so does a plan made before'
);
SELECT is(
    pg_temp.sorts_of($$ EXECUTE page(NULL, '2031-03-31 12:00+00', 1, 3) $$), '{}', 'nor does it sort'
);
RESET plan_cache_mode;

-- Refusals
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 0)', 'TR010', 'invalid max_rows', 'a page has a row');
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 1001)', 'TR010', 'invalid max_rows', 'and an end');
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, NULL)', 'TR010', 'invalid max_rows', 'it is not everything');
SELECT throws_ok($$ EXECUTE page('T1-NOT-HERE', NULL, NULL, 1) $$, 'TR001', 'unknown market', 'a market is known');

-- Bob, and nobody
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('EXECUTE page(NULL, NULL, NULL, 1000)', ARRAY[11, 7], 'Bob sees his own');
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('EXECUTE page(NULL, NULL, NULL, 10)', 'who never placed one sees none');
SELECT throws_ok(
    $$ EXECUTE page('T1-NOT-HERE', NULL, NULL, 1) $$, 'TR001', 'unknown market', 'and for them too a market is known'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('EXECUTE page(NULL, NULL, NULL, 10)', 'a request that speaks for nobody sees none');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 10)', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 10)', '42501', NULL, 'a service reads no order');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 10)', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL, 10)', '42501', NULL, 'nor an operator');

RESET ROLE;
SELECT finish();
ROLLBACK;
