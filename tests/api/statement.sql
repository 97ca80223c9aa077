-- api.statement(): every change of my balance of an asset, newest first, page by page, amounts as text.

BEGIN;
SELECT plan(29);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/read_plan.psql

SELECT isnt_definer('api', 'statement', ARRAY['text', 'bigint', 'integer']);
SELECT is(
    pg_temp.who_may_execute('api.statement(text,bigint,integer)'), ARRAY['authenticated'], 'who is signed in has one'
);
SELECT results_eq(
    $$ SELECT DISTINCT t.typ::regtype::text FROM pg_proc AS p, unnest(p.proallargtypes, p.proargnames) AS t (typ, name)
       WHERE p.oid = 'api.statement(text,bigint,integer)'::regprocedure AND t.name ~ '^d_|_after$' $$,
    ARRAY['text'], 'money is text'
);

-- What others may not see, to compare with: the ledger as it is.
CREATE TEMPORARY TABLE t_ledger AS
SELECT l.version, l.user_id, l.asset_id FROM portfolio.ledger_entries AS l WHERE l.user_id IN (:'alice', :'bob');
GRANT SELECT ON t_ledger TO authenticated;

PREPARE dollars AS SELECT version, reason, d_available, d_held, available_after, held_after FROM api.statement('T1USD');
PREPARE refs AS SELECT reason, ref_id FROM api.statement('T1BTC', max_rows => 2);
PREPARE versions(text, bigint, integer) AS SELECT version FROM api.statement($1, $2, $3);
PREPARE strangers_ids AS
SELECT s.ref_id FROM api.statement('T1USD') AS s
WHERE s.ref_id IN (:'bob_sold', :'bob_canceled') UNION ALL
SELECT s.ref_id FROM api.statement('T1BTC') AS s WHERE s.ref_id IN (:'bob_sold', :'bob_canceled');

-- Alice
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'dollars',
    $$ VALUES
        (4::bigint, 'trade', '0.04', '-40.08', '9859.86', '100.1'),
        (3, 'order_hold', '-100.1', '100.1', '9859.82', '140.18'),
        (2, 'order_hold', '-40.08', '40.08', '9959.92', '40.08'),
        (1, 'deposit', '10000', '0', '10000', '0') $$,
    'Alice sees every change, the newest first, and what it left'
);
SELECT results_eq(
    'refs',
    format($$ VALUES ('order_release', %L::uuid), ('trade', (SELECT ref_id FROM api.statement('T1USD') LIMIT 1)) $$, :'alice_canceled'),
    'and what it was for'
);
SELECT is_empty('strangers_ids', 'no order of Bob''s, though they traded');
SELECT results_eq(
    $$ SELECT created_at = max(created_at) OVER (), count(*) OVER () FROM api.statement('T1USD', max_rows => 4) LIMIT 1 $$,
    $$ VALUES (TRUE, 4::bigint) $$, 'with its time'
);

-- Pages
SELECT results_eq($$ EXECUTE versions('T1USD', NULL, 2) $$, ARRAY[4, 3]::bigint[], 'a page of two');
SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, 50) -> 'order' ->> 'status' AS meanwhile \gset
SELECT results_eq(
    $$ EXECUTE versions('T1USD', 3, 2) $$, ARRAY[2, 1]::bigint[], 'the next neither repeats nor skips what came meanwhile'
);
SELECT is_empty($$ EXECUTE versions('T1USD', 1, 2) $$, 'and there is no third');
SELECT results_eq($$ EXECUTE versions('T1USD', NULL, 1) $$, ARRAY[5::bigint], 'what came leads the first page now');
SELECT results_eq(
    $$ EXECUTE versions('T1USD', 9223372036854775807, 1000) $$, ARRAY[5, 4, 3, 2, 1]::bigint[], 'the highest cursor is all'
);
SELECT is_empty($$ EXECUTE versions('T1USD', -1, 1000) $$, 'below the first is nothing');

-- Refusals
SELECT throws_ok($$ EXECUTE versions('T1USD', NULL, 0) $$, 'TR010', 'invalid max_rows', 'a page has a row');
SELECT throws_ok($$ EXECUTE versions('T1USD', NULL, 1001) $$, 'TR010', 'invalid max_rows', 'and an end');
SELECT throws_ok($$ EXECUTE versions('T1USD', NULL, NULL) $$, 'TR010', 'invalid max_rows', 'it is not everything');
SELECT throws_ok($$ EXECUTE versions('T1NIL', NULL, 10) $$, 'TR011', 'unknown asset', 'an unknown asset is named');
SELECT throws_ok($$ EXECUTE versions(NULL, NULL, 10) $$, 'TR011', 'unknown asset', 'NULL is none');

-- How it is read
SELECT is(
    pg_temp.sorts_of($$ SELECT * FROM api.statement('T1USD', 3, 2) $$), '{}',
    'the indexes are read in their order: nothing is sorted, nothing scanned'
);
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE planned(text, bigint, integer) AS SELECT version FROM api.statement($1, $2, $3);
SELECT is(
    pg_temp.sorts_of($$ EXECUTE planned('T1USD', 3, 2) $$), '{}', 'with a plan made before too'
);
RESET plan_cache_mode;

-- Bob, and nobody
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'SELECT version, d_available, d_held FROM api.statement(''T1BTC'')',
    $$ VALUES (3::bigint, '0', '-0.4'), (2, '-1', '1'), (1, '1', '0') $$, 'Bob sees his own'
);
SELECT results_eq(
    $$ SELECT count(*) FROM api.statement('T1USD') $$,
    $$ SELECT count(*) FROM t_ledger AS t JOIN market.assets AS a ON a.id = t.asset_id
       WHERE t.user_id = 'bbbbbbbb-0000-4000-8000-00000000000b' AND a.code = 'T1USD' $$, 'all of them and no other'
);
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('dollars', 'somebody without a balance has an empty one');
SELECT throws_ok(
    $$ EXECUTE versions('T1NIL', NULL, 10) $$, 'TR011', 'unknown asset', 'for them too an asset is unknown'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('dollars', 'so has a request that speaks for nobody');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL ROLE anon;
SELECT throws_ok('dollars', '42501', NULL, 'who has not signed in does not ask');
SET LOCAL ROLE service_role;
SELECT throws_ok('dollars', '42501', NULL, 'a service reads no statement');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('dollars', '42501', NULL, 'nor does an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('dollars', '42501', NULL, 'nor an operator');

RESET ROLE;
SELECT finish();
ROLLBACK;
