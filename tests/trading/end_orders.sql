-- trading.end_orders(): orders end without a trade, and exactly what they hold is released in one journal.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('trading', 'end_orders', ARRAY['uuid[]', 'text', 'text']);
SELECT is(
    pg_temp.who_may_execute('trading.end_orders(uuid[],text,text)'), ARRAY['tradebase_kernel'], 'only the kernel may'
);

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS alone \gset
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS alice_buy \gset
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.25, 100
) -> 'order' ->> 'id' AS alice_buy_2 \gset
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.25, 120
) -> 'order' ->> 'id' AS alice_sell \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 110
) -> 'order' ->> 'id' AS bob_sell \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.1, 110
) -> 'order' ->> 'id' AS bob_stays \gset

PREPARE end_them(uuid[], text, text) AS
SELECT o.status::text, o.close_reason::text, o.hold = 0 FROM trading.end_orders($1, $2, $3) AS o ORDER BY o.seq;
PREPARE balances AS
SELECT b.user_id = :'alice', a.code, trim_scale(b.available)::text, trim_scale(b.held)::text
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.asset_id IN (:t1usd, :t1btc) ORDER BY b.user_id, a.code COLLATE "C";
PREPARE releases(uuid) AS
SELECT
    l.user_id = :'alice', l.asset_id = :t1usd, trim_scale(l.d_available)::text, trim_scale(l.d_held)::text,
    l.ref_id = l.journal_id
FROM portfolio.ledger_entries AS l
WHERE l.reason = 'order_release' AND l.asset_id IN (:t1usd, :t1btc) AND ($1 IS NULL OR l.ref_id = $1)
ORDER BY l.id;
PREPARE journals AS
SELECT count(DISTINCT l.journal_id) FROM portfolio.ledger_entries AS l
WHERE l.reason = 'order_release' AND l.asset_id IN (:t1usd, :t1btc);

SET LOCAL ROLE service_role;
SELECT throws_ok(
    format($$ EXECUTE end_them(%L, 'canceled', 'user_cancel') $$, ARRAY[:'alone']), '42501', NULL,
    'a service ends no order by it'
);
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok(
    format($$ EXECUTE end_them(%L, 'canceled', 'user_cancel') $$, ARRAY[:'alone']), '42501', NULL, 'nor does Alice'
);
RESET request.jwt.claims;

SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    format($$ EXECUTE end_them(%L, 'rejected', 'engine_reject') $$, ARRAY[:'alone']), 'TR203',
    'an order cannot go from open to rejected', 'an order ends as it may'
);
RESET ROLE;
SELECT is_empty('EXECUTE releases(NULL)', 'and what may not end releases nothing');

-- The engine and a trade would have changed the hold: it is released as it is stored.
UPDATE partitions.orders_open SET hold = 50.0625 WHERE id = :'alone';
UPDATE portfolio.balances SET available = available + 0.0375, held = held - 0.0375
WHERE user_id = :'alice' AND asset_id = :t1usd;

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    format($$ EXECUTE end_them(%L, 'expired', 'max_age') $$, ARRAY[:'alone']),
    $$ VALUES ('expired', 'max_age', TRUE) $$, 'one order ends'
);
RESET ROLE;
SELECT results_eq(
    format('EXECUTE releases(%L)', :'alone'), $$ VALUES (TRUE, TRUE, '50.0625', '-50.0625', FALSE) $$,
    'what it stored is released, with reference to it'
);
SELECT results_eq(
    'balances',
    $$ VALUES
    (TRUE, 'T1BTC', '1.75', '0.25'), (TRUE, 'T1USD', '9924.85', '75.15'), (FALSE, 'T1BTC', '0.5', '0.5'),
    (FALSE, 'T1USD', '5000', '0') $$,
    'nobody else''s is'
);

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    format(
        $$ EXECUTE end_them(%L, 'canceled', 'market_halted') $$,
        ARRAY[:'bob_sell', :'alice_sell', :'alice_buy', :'alice_buy_2']
    ),
    $$ VALUES
    ('canceled', 'market_halted', TRUE), ('canceled', 'market_halted', TRUE), ('canceled', 'market_halted', TRUE),
    ('canceled', 'market_halted', TRUE) $$,
    'several end together'
);
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
    (TRUE, 'T1BTC', '2', '0'), (TRUE, 'T1USD', '10000', '0'), (FALSE, 'T1BTC', '0.9', '0.1'),
    (FALSE, 'T1USD', '5000', '0') $$,
    'all of theirs is available again, but for the order that stays'
);
SELECT results_eq('journals', ARRAY[2::bigint], 'in one journal more');
SELECT results_eq(
    $$ SELECT c.d, c.t FROM (VALUES (0)) AS v, LATERAL (
           SELECT string_agg(trim_scale(l.d_available)::text, ' ' ORDER BY l.d_available) AS d,
               bool_and(l.ref_id = l.journal_id) AS t
           FROM portfolio.ledger_entries AS l JOIN market.assets AS a ON a.id = l.asset_id
           WHERE l.reason = 'order_release' AND a.code IN ('T1USD', 'T1BTC') AND l.ref_id = l.journal_id
       ) AS c $$,
    $$ VALUES ('0.25 0.4 75.15', TRUE) $$, 'one entry per balance, which refers to the journal itself'
);
SELECT results_eq(
    format('SELECT o.id FROM partitions.orders_open AS o WHERE o.market_id = %s', :traded),
    ARRAY[:'bob_stays'::uuid], 'the others are still open'
);

SET LOCAL ROLE tradebase_kernel;
SELECT is_empty(
    format($$ EXECUTE end_them(%L, 'canceled', 'user_cancel') $$, ARRAY[:'alone']), 'what ended does not end again'
);
RESET ROLE;
UPDATE portfolio.balances SET available = available + 0.1, held = 0 WHERE user_id = :'bob' AND asset_id = :t1btc;
UPDATE partitions.orders_open SET hold = 0 WHERE id = :'bob_stays';
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    format($$ EXECUTE end_them(%L, 'canceled', 'user_cancel') $$, ARRAY[:'bob_stays']),
    $$ VALUES ('canceled', 'user_cancel', TRUE) $$, 'what holds nothing ends as well'
);
RESET ROLE;
SELECT results_eq('journals', ARRAY[2::bigint], 'without a journal');

SELECT finish();
ROLLBACK;
