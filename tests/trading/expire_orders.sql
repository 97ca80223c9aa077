-- trading.expire_orders(): what has had its time ends with its reason and its hold released, and what has not stays.

BEGIN;
SELECT plan(25);
\ir ../fixtures/trading_market.psql

SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 100) -> 'order' ->> 'id' AS gtc \gset
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 1, 99, 'day') -> 'order' ->> 'id' AS day \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 1, 300, 'gtd', expires_at => clock_timestamp() + INTERVAL '1 hour'
) -> 'order' ->> 'id' AS gtd \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS stays \gset
SELECT trading.place_order_for(:'alice', 'T1ETH-T1USD', 'buy', 'limit', 1, 50) -> 'order' ->> 'id' AS asked \gset

-- Time goes by: only the owner, who is no kernel, can turn it.
UPDATE trading.orders SET expires_at = TIMESTAMPTZ '2020-01-02 00:00:00+00' WHERE id = :'gtc';
UPDATE trading.orders SET expires_at = TIMESTAMPTZ '2020-01-03 00:00:00+00' WHERE id IN (:'day', :'gtd');
UPDATE trading.orders SET expires_at = TIMESTAMPTZ '2020-01-04 00:00:00+00' WHERE id = :'asked';

PREPARE expire AS SELECT trading.expire_orders('2020-01-05 00:00:00+00');
PREPARE too_early AS SELECT trading.expire_orders('2020-01-01 00:00:00+00');
PREPARE in_the_future AS SELECT trading.expire_orders('2900-01-01 00:00:00+00');
PREPARE at_the_end AS SELECT trading.expire_orders('infinity');
PREPARE never AS SELECT trading.expire_orders(NULL);
PREPARE none_at_all AS SELECT trading.expire_orders('2020-01-05 00:00:00+00', 0);
PREPARE so_many(integer) AS SELECT trading.expire_orders('2020-01-05 00:00:00+00', $1);
PREPARE at_the_beginning AS SELECT trading.expire_orders('-infinity');

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('in_the_future', 'TR010', NULL, 'nothing ends before its time');
SELECT throws_ok('at_the_end', 'TR010', NULL, 'nor at the end of time');
SELECT throws_ok('never', 'TR010', NULL, 'NULL is no time');
SELECT throws_ok('none_at_all', 'TR010', NULL, 'a call ends at least one');
SELECT throws_ok('EXECUTE so_many(-1)', 'TR010', NULL, 'not less');
SELECT throws_ok('EXECUTE so_many(NULL)', 'TR010', NULL, 'nor whatever there is');
SELECT throws_ok('EXECUTE so_many(10001)', 'TR010', NULL, 'nor more than ten thousand');
SELECT results_eq('at_the_beginning', ARRAY[0], 'at the beginning of time nothing has had its time');
SELECT results_eq('too_early', ARRAY[0], 'before it nothing ends');
SELECT results_eq('expire', ARRAY[1], 'one market and one kind a call: the one that has waited longest');
SELECT results_eq('expire', ARRAY[1], 'then the next');
SELECT results_eq('expire', ARRAY[1], 'and the next');
SELECT results_eq('expire', ARRAY[1], 'where the engine acknowledges it is asked');
SELECT results_eq('expire', ARRAY[0], 'until none is left, and nobody is asked twice');
RESET ROLE;
SELECT results_eq(
    format(
        'SELECT status::text, close_reason::text, hold > 0, cancel_requested_at IS NOT NULL FROM trading.orders
         WHERE id IN (%L, %L, %L, %L, %L) ORDER BY seq', :'gtc', :'day', :'gtd', :'stays', :'asked'
    ),
    $$ VALUES
        ('expired', 'max_age', FALSE, FALSE), ('expired', 'day_end', FALSE, FALSE),
        ('expired', 'gtd_elapsed', FALSE, FALSE), ('open', NULL, TRUE, FALSE), ('pending', NULL, TRUE, TRUE) $$,
    'each ends for its own reason; what has time stays'
);
SELECT results_eq(
    format('SELECT kind FROM trading.engine_commands WHERE order_id IN (%L, %L) ORDER BY seq', :'gtc', :'asked'),
    ARRAY['place', 'place', 'cancel', 'cancel'], 'the engine hears of it'
);
SELECT is_empty(
    $$ SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0 AND check_name !~ '^I21 ' $$, 'the books agree'
);
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('expire', '42501', NULL, 'an engine ends orders in its own sequence');
SET LOCAL ROLE service_role;
SELECT throws_ok('expire', '42501', NULL, 'a service ends none');
SET LOCAL ROLE authenticated;
SELECT throws_ok('expire', '42501', NULL, 'nor does a user');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('expire', '42501', NULL, 'nor Alice');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT throws_ok('expire', '42501', NULL, 'nor Bob');
SET LOCAL ROLE anon;
SELECT throws_ok('expire', '42501', NULL, 'nor anybody off the street');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('expire', '42501', NULL, 'nor an operator');
SELECT set_config('request.jwt.claims', '', TRUE);
RESET ROLE;
SELECT is(
    (SELECT proowner::regrole::text FROM pg_proc WHERE oid = 'trading.expire_orders(timestamptz,integer)'::regprocedure),
    'tradebase_kernel', 'it runs as the kernel'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
