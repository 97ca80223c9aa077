-- trading.collar_price(): the worst price of a market order, from the best it finds.

BEGIN;
SELECT plan(8);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('trading.collar_price(integer,text,numeric,numeric)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);
PREPARE collar(text, numeric) AS SELECT trim_scale(trading.collar_price(:traded, $1, 0.01, $2))::text;
SELECT results_eq($$ EXECUTE collar('buy', NULL) $$, ARRAY[NULL::text], 'without book or trade there is no price to buy');
SELECT results_eq($$ EXECUTE collar('sell', NULL) $$, ARRAY[NULL::text], 'nor to sell');
SELECT results_eq($$ EXECUTE collar('buy', 33.33) $$, ARRAY['36.66'], 'the last tick within 10 % above the last price');
SELECT results_eq($$ EXECUTE collar('sell', 33.33) $$, ARRAY['30'], 'or below it, rounded into the collar');
SELECT results_eq($$ EXECUTE collar('sell', 0.01) $$, ARRAY['0.01'], 'but never below one tick');
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.5, 110) -> 'order' ->> 'status' AS placed \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.1, 105) -> 'order' ->> 'status' AS placed \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 90) -> 'order' ->> 'status' AS placed \gset
SELECT results_eq($$ EXECUTE collar('buy', 33.33) $$, ARRAY['115.5'], 'the best ask comes before the last price');
SELECT results_eq($$ EXECUTE collar('sell', 33.33) $$, ARRAY['81'], 'so does the best bid');

SELECT finish();
ROLLBACK;
