-- market.candle_step(): a stretch of candles has an interval, a beginning, an end, and no more than a thousand of them.

BEGIN;
SELECT plan(16);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is(
    pg_temp.who_may_execute('market.candle_step(text,timestamptz,timestamptz)'), ARRAY['anon', 'authenticated'],
    'api.get_candles() calls it for who calls it'
);
PREPARE step(text, timestamptz, timestamptz) AS SELECT market.candle_step($1, $2, $3);
SET LOCAL ROLE anon;
SELECT results_eq($$ EXECUTE step('5m', '2031-03-01', '2031-03-02') $$, ARRAY[INTERVAL '5 minutes'], 'how long each is');
SELECT results_eq(
    $$ EXECUTE step('1m', '2031-03-01 00:00:00', '2031-03-01 16:40:00') $$, ARRAY[INTERVAL '1 minute'], 'a thousand may be'
);
SELECT throws_ok(
    $$ EXECUTE step('1m', '2031-03-01 00:00:00', '2031-03-01 16:40:01') $$, 'TR010', 'invalid to_at', 'one more may not'
);
SELECT throws_ok($$ EXECUTE step('1w', '2000-01-01', '2031-01-01') $$, 'TR010', 'invalid to_at', 'of weeks neither');
SELECT throws_ok($$ EXECUTE step('2h', '2031-03-01', '2031-03-02') $$, 'TR010', 'invalid interval', 'no other interval');
SELECT throws_ok($$ EXECUTE step(NULL, '2031-03-01', '2031-03-02') $$, 'TR010', 'invalid interval', 'nor none');
SELECT throws_ok($$ EXECUTE step('1h', NULL, '2031-03-02') $$, 'TR010', 'invalid from_at', 'it begins');
SELECT throws_ok($$ EXECUTE step('1h', '-infinity', '2031-03-02') $$, 'TR010', 'invalid from_at', 'at some time');
SELECT throws_ok($$ EXECUTE step('1h', '2031-03-01', NULL) $$, 'TR010', 'invalid to_at', 'and ends');
SELECT throws_ok($$ EXECUTE step('1h', '2031-03-01', 'infinity') $$, 'TR010', 'invalid to_at', 'some time');
SELECT throws_ok($$ EXECUTE step('1h', '2031-03-02', '2031-03-02') $$, 'TR010', 'invalid to_at', 'which is later');
SELECT throws_ok($$ EXECUTE step('1h', '2031-03-02', '2031-03-01') $$, 'TR010', 'invalid to_at', 'not before');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE step('1h', '2031-03-01', '2031-03-02') $$, '42501', NULL, 'a service reads no chart');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ SELECT market.candle_step('2h', '2031-03-01', '2031-03-02') $$),
    '{"argument": "interval", "expected": "1m, 5m, 15m, 1h, 4h, 1d or 1w"}', 'the detail says which there are'
);
SELECT is(
    pg_temp.detail_of($$ SELECT market.candle_step('1m', '2031-03-01', '2031-04-01') $$),
    '{"argument": "to_at", "expected": "a time after from_at, and no more than 1000 candles later"}',
    'and how far one may go'
);

SELECT finish();
ROLLBACK;
