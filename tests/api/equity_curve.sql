-- api.equity_curve(): what I had over time, what came in, and what the rest made; page by page, and nobody else's.

BEGIN;
SELECT plan(21);
\ir ../fixtures/snapshots.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/let_in.psql

SELECT isnt_definer(
    'api', 'equity_curve', ARRAY['timestamp with time zone', 'timestamp with time zone', 'text', 'integer']
);
SELECT is(
    pg_temp.who_may_execute('api.equity_curve(timestamptz,timestamptz,text,integer)'), ARRAY['authenticated'],
    'for people'
);
SELECT is(pg_temp.let_in('SELECT * FROM api.equity_curve()'), ARRAY['authenticated'], 'who have signed in');

SELECT pg_temp.put(s.at, s.equity, s.flow, asset => s.asset) FROM (VALUES
    ('2019-02-27 00:00:00+00'::timestamptz, 50, 0, 'T1BTC'), ('2019-02-28 00:00:00+00', 100, 0, 'T1USD'),
    ('2019-03-01 00:00:00+00', 110, 0, 'T1USD'), ('2019-03-02 00:00:00+00', 160, 50, 'T1USD'),
    ('2019-03-03 00:00:00+00', 0, -110, 'T1USD')
) AS s (at, equity, flow, asset);
SELECT pg_temp.put('2019-03-02 12:00:00+00', 7, kind => 'intraday');
SELECT pg_temp.put('2019-03-01 00:00:00+00', 3, user_id => :'bob');
PREPARE curve AS
SELECT c.taken_at::date, c.reporting_asset, c.equity, c.net_flow, round(c.period_return::numeric, 9)
FROM api.equity_curve() AS c;
PREPARE page(timestamptz, timestamptz, integer) AS
SELECT c.taken_at::date, c.equity, c.net_flow, round(c.period_return::numeric, 9)
FROM api.equity_curve(from_at => $1, before_taken_at => $2, max_rows => $3) AS c;
SET LOCAL timezone = 'UTC';
CREATE FUNCTION pg_temp.plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    text text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
        text := text || line || chr(10);
    END LOOP;
    RETURN text;
END
$$;
GRANT EXECUTE ON FUNCTION pg_temp.plan_of(text) TO authenticated;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq(
    'curve',
    $$ VALUES
        ('2019-03-03'::date, 'T1USD', '0', '-160', NULL::numeric), ('2019-03-02', 'T1USD', '160', '50', 0),
        ('2019-03-01', 'T1USD', '110', '0', 0.1), ('2019-02-28', 'T1USD', '100', NULL, NULL),
        ('2019-02-27', 'T1BTC', '50', NULL, NULL) $$,
    'newest first: a deposit makes nothing, nor can what has all gone; another asset is another series'
);
SELECT results_eq(
    'EXECUTE page(NULL, NULL, 2)',
    $$ VALUES ('2019-03-03'::date, '0', '-160', NULL::numeric), ('2019-03-02', '160', '50', 0) $$,
    'the last row of a page has one before it, too'
);
SELECT results_eq(
    $$ EXECUTE page(NULL, '2019-03-02 00:00:00+00', 2) $$,
    $$ VALUES ('2019-03-01'::date, '110', '0', 0.1), ('2019-02-28', '100', NULL, NULL) $$, 'and is where the next begins'
);
SELECT results_eq(
    $$ EXECUTE page('2019-03-01 00:00:00+00', '2019-03-03 00:00:00+00', 1000) $$,
    $$ VALUES ('2019-03-02'::date, '160', '50', 0::numeric), ('2019-03-01', '110', '0', 0.1) $$,
    'from a time to before another'
);
SELECT results_eq(
    $$ SELECT c.equity, c.cash, c.positions_value, c.unrealized_pnl, c.realized_pnl_cum, c.fees_cum, c.net_flow_cum
       FROM api.equity_curve(kind => 'intraday') AS c $$,
    $$ VALUES ('7', '1', '6', '0', '0', '0', '0') $$, 'the other kind is a series of its own'
);
SELECT throws_ok($$ SELECT * FROM api.equity_curve(kind => 'weekly') $$, 'TR010', 'invalid kind', 'a kind is known');
SELECT throws_ok('SELECT * FROM api.equity_curve(kind => NULL)', 'TR010', 'invalid kind', 'and named');
SELECT throws_ok('EXECUTE page(NULL, NULL, 0)', 'TR010', 'invalid max_rows', 'a page has a row');
SELECT throws_ok('EXECUTE page(NULL, NULL, 1001)', 'TR010', 'invalid max_rows', 'and at most a thousand');
SELECT throws_ok('EXECUTE page(NULL, NULL, NULL)', 'TR010', 'invalid max_rows', 'which it says');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq(
    'curve', $$ VALUES ('2019-03-01'::date, 'T1USD', '3', NULL, NULL::numeric) $$, 'Bob sees his and no other'
);
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT is_empty('curve', 'who has none sees none');
SELECT throws_ok($$ SELECT * FROM api.equity_curve(kind => 'weekly') $$, 'TR010', 'invalid kind', 'a wrong kind is one for them, too');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('curve', 'a request that speaks for nobody sees none');

-- Inlined, and read by its key from the newest leaf on: an older month that a page does not need is not looked into.
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SET LOCAL enable_seqscan = off;
SELECT pg_temp.plan_of(
    $$ SELECT * FROM api.equity_curve(before_taken_at => '2019-03-04 00:00:00+00', max_rows => 1) $$
) AS plan \gset
SELECT unalike(:'plan'::text, '%Function Scan%', 'the call is planned as part of the query');
SELECT alike(:'plan'::text, '%portfolio_snapshots_2019_03%', 'the newest month of it is read');
SELECT unalike(:'plan'::text, '%portfolio_snapshots_2019_04%', 'what is after it is pruned');
SELECT matches(:'plan'::text, 'portfolio_snapshots_2019_02[^\n]*never executed', 'the month before is not looked into');

RESET ROLE;
SELECT finish();
ROLLBACK;
