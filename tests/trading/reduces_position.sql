-- trading.reduces_position(): all that a restricted user may place.

BEGIN;
SELECT plan(10);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('trading.reduces_position(uuid,integer,text,numeric)'), ARRAY['tradebase_kernel'],
    'only the kernel may'
);
PREPARE reduces(text, numeric) AS SELECT trading.reduces_position(:'alice', :traded, $1, $2);
SELECT results_eq($$ EXECUTE reduces('sell', 0.1) $$, ARRAY[FALSE], 'who has no position reduces none');
INSERT INTO trading.positions (user_id, market_id, quantity, entry_cost, realized_pnl, fees)
VALUES (:'alice', :traded, 1, 100, 0, 0), (:'alice', :acked, -1, -50, 0, 0), (:'bob', :traded, -5, -500, 0, 0);
SELECT results_eq($$ EXECUTE reduces('sell', 1) $$, ARRAY[TRUE], 'who is long sells all of it');
SELECT results_eq($$ EXECUTE reduces('sell', 1.0001) $$, ARRAY[FALSE], 'and not more');
SELECT results_eq($$ EXECUTE reduces('buy', 0.1) $$, ARRAY[FALSE], 'nor buys');
SELECT is(trading.reduces_position(:'alice', :acked, 'buy', 1), TRUE, 'who is short buys back');
SELECT is(trading.reduces_position(:'alice', :acked, 'sell', 0.1), FALSE, 'and sells no more');
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.6, 110) -> 'order' ->> 'status' AS placed \gset
SELECT results_eq($$ EXECUTE reduces('sell', 0.5) $$, ARRAY[FALSE], 'what is open on that side counts');
SELECT results_eq($$ EXECUTE reduces('sell', 0.4) $$, ARRAY[TRUE], 'up to the position');
UPDATE trading.positions SET quantity = 0, entry_cost = 0 WHERE user_id = :'alice' AND market_id = :traded;
SELECT results_eq($$ EXECUTE reduces('sell', 0.4) $$, ARRAY[FALSE], 'a flat position is reduced by nothing');

SELECT finish();
ROLLBACK;
