-- api.list_trades(): the public tape of a market, newest first, page by page, with nobody's order on it.

BEGIN;
SELECT plan(22);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/read_plan.psql

SELECT isnt_definer('api', 'list_trades', ARRAY['text', 'bigint', 'integer']);
SELECT is(
    pg_temp.who_may_execute('api.list_trades(text,bigint,integer)'), ARRAY['anon', 'authenticated'],
    'everybody may read it'
);

-- The rest of Bob's sale, in two parts.
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.6, 100) -> 'order' ->> 'id' AS more \gset
CREATE FUNCTION pg_temp.trade(seq bigint, price text, quantity text, maker text, taker text)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
        'market', 'T1BTC-T1USD', 'first_seq', trade.seq, 'events', jsonb_build_array(jsonb_build_object(
            'maker_order_id', trade.maker, 'taker_order_id', trade.taker, 'price', trade.price,
            'quantity', trade.quantity
        ))
    )))
$$;
SELECT pg_temp.trade(2, '99.90', '0.2', :'bob_sold', :'more') AS traded \gset

PREPARE tape AS SELECT seq, price, quantity, quote_quantity, taker_side FROM api.list_trades('T1BTC-T1USD');
PREPARE page(text, bigint, integer) AS SELECT seq FROM api.list_trades($1, $2, $3);
PREPARE who_was_it AS
SELECT 1 FROM api.list_trades('T1BTC-T1USD') AS t WHERE t::text ~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

SET LOCAL ROLE anon;
SELECT results_eq(
    'tape', $$ VALUES (2::bigint, '99.9', '0.2', '19.98', 'buy'), (1, '100', '0.4', '40', 'sell') $$,
    'who has not signed in reads it, the newest first, amounts as text'
);
SELECT is_empty('who_was_it', 'no id of anybody or anything is on it');
SELECT results_eq($$ EXECUTE page('T1BTC-T1USD', NULL, 1) $$, ARRAY[2::bigint], 'a page of one');
RESET ROLE;
SELECT pg_temp.trade(3, '99.95', '0.1', :'bob_sold', :'more') AS traded \gset
SET LOCAL ROLE anon;
SELECT results_eq(
    $$ EXECUTE page('T1BTC-T1USD', 2, 1) $$, ARRAY[1::bigint], 'the next neither repeats nor skips what came meanwhile'
);
SELECT is_empty($$ EXECUTE page('T1BTC-T1USD', 1, 1) $$, 'and there is no third');
SELECT results_eq($$ EXECUTE page('T1BTC-T1USD', NULL, 2) $$, ARRAY[3, 2]::bigint[], 'what came leads the first now');
SELECT is_empty($$ EXECUTE page('T1ETH-T1USD', NULL, 10) $$, 'a market without a trade has an empty one');
SELECT is(
    pg_temp.sorts_of($$ SELECT * FROM api.list_trades('T1BTC-T1USD', 3, 1) $$), '{}',
    'the indexes are read in their order: nothing is sorted, nothing scanned'
);
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE planned(text, bigint, integer) AS SELECT seq FROM api.list_trades($1, $2, $3);
SELECT is(pg_temp.sorts_of($$ EXECUTE planned('T1BTC-T1USD', 3, 1) $$), '{}', 'with a plan made before too');
RESET plan_cache_mode;
SELECT throws_ok($$ EXECUTE page('T1BTC-T1USD', NULL, 0) $$, 'TR010', 'invalid max_rows', 'a page has a row');
SELECT throws_ok($$ EXECUTE page('T1BTC-T1USD', NULL, 1001) $$, 'TR010', 'invalid max_rows', 'and an end');
SELECT throws_ok($$ EXECUTE page('T1BTC-T1USD', NULL, NULL) $$, 'TR010', 'invalid max_rows', 'it is not everything');
SELECT throws_ok($$ EXECUTE page('T1-NOT-HERE', NULL, 1) $$, 'TR001', 'unknown market', 'a market is known');
SELECT throws_ok($$ EXECUTE page(NULL, NULL, 1) $$, 'TR001', 'unknown market', 'and named');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq($$ EXECUTE page('T1BTC-T1USD', NULL, 10) $$, ARRAY[3, 2, 1]::bigint[], 'Alice reads the same');
SELECT is_empty('who_was_it', 'without an id, her own neither');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq($$ EXECUTE page('T1BTC-T1USD', NULL, 10) $$, ARRAY[3, 2, 1]::bigint[], 'so does Bob');
SET LOCAL ROLE service_role;
SELECT throws_ok('tape', '42501', NULL, 'a service does not read it here');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('tape', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('tape', '42501', NULL, 'nor an operator');

RESET ROLE;
SELECT finish();
ROLLBACK;
