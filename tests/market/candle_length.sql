-- market.candle_length(): seven intervals, each as long everywhere and on every day.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('market.candle_length(text)'), ARRAY['anon', 'authenticated', 'tradebase_kernel'],
    'who reads and who rolls ask it'
);
SELECT volatility_is('market', 'candle_length', ARRAY['text'], 'immutable', 'a plan may know it');
SELECT results_eq(
    $$ SELECT i.span, extract(EPOCH FROM market.candle_length(i.span))::integer / 60
       FROM unnest(ARRAY['1m', '5m', '15m', '1h', '4h', '1d', '1w']) WITH ORDINALITY AS i (span, n) ORDER BY i.n $$,
    $$ VALUES ('1m', 1), ('5m', 5), ('15m', 15), ('1h', 60), ('4h', 240), ('1d', 1440), ('1w', 10080) $$,
    'so many minutes each'
);
SELECT is(market.candle_length('2h'), NULL, 'there is no other');
SELECT is(market.candle_length(NULL), NULL, 'nor none');
SET LOCAL timezone = 'Europe/Zurich';
SELECT is(
    TIMESTAMPTZ '2031-03-29 23:00:00+00' + market.candle_length('1d'), '2031-03-30 23:00:00+00',
    'a day has 24 hours when the clocks change too'
);
SELECT is(
    TIMESTAMPTZ '2031-03-24 00:00:00+00' + market.candle_length('1w'), '2031-03-31 00:00:00+00',
    'and a week seven such days'
);

SELECT finish();
ROLLBACK;
