-- portfolio.snapshot_portfolio(): what everybody had at a time and what it is worth, written once; money that comes in
-- or goes out is counted, by the ledger's own order; what has no price refuses all of it, and tells nothing.

BEGIN;
SELECT plan(61);
\ir ../fixtures/marked_session.psql
\set carol cccccccc-0000-4000-8000-00000000000c

INSERT INTO auth.users (id) VALUES (:'carol'), ('dddddddd-0000-4000-8000-00000000000d');

SELECT is_definer('portfolio', 'snapshot_portfolio', ARRAY['text', 'timestamp with time zone', 'uuid[]', 'boolean']);
SELECT function_owner_is(
    'portfolio', 'snapshot_portfolio', ARRAY['text', 'timestamp with time zone', 'uuid[]', 'boolean'], 'tradebase_kernel'
);
SELECT is(
    pg_temp.who_may_execute('portfolio.snapshot_portfolio(text,timestamptz,uuid[],boolean)'), ARRAY['tradebase_worker'],
    'the worker may'
);
SELECT is(
    pg_temp.let_in($$ SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp(), '{}') $$),
    ARRAY['tradebase_worker'], 'and nobody else'
);

-- Others of a database in use are none of ours.
PREPARE take(text, timestamptz) AS SELECT portfolio.snapshot_portfolio($1, $2, ARRAY[:'alice', :'bob']::uuid[]);
PREPARE take_now AS
SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp(), ARRAY[:'alice', :'bob']::uuid[]);
PREPARE take_of(uuid[]) AS SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp(), $1);
PREPARE written AS
SELECT s.user_id, s.kind, s.taken_at FROM portfolio.portfolio_snapshots AS s WHERE s.user_id IN (:'alice', :'bob');
CREATE FUNCTION pg_temp.newest(whose uuid) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY[
        trim_scale(s.equity)::text, trim_scale(s.cash)::text, trim_scale(s.positions_value)::text,
        trim_scale(s.unrealized_pnl)::text, trim_scale(s.realized_pnl_cum)::text, trim_scale(s.fees_cum)::text,
        trim_scale(s.net_flow_cum)::text
    ]
    FROM portfolio.portfolio_snapshots AS s WHERE s.user_id = whose ORDER BY s.taken_at DESC LIMIT 1
$$;
-- What the last period made, as the curve and the analytics have it.
CREATE FUNCTION pg_temp.made(whose uuid) RETURNS double precision LANGUAGE sql AS $$
    SELECT portfolio.period_return(s.equity, s.equity_before, s.flow)
    FROM (
        SELECT
            n.taken_at, n.equity::numeric, lag(n.equity::numeric) OVER (ORDER BY n.taken_at) AS equity_before,
            n.net_flow_cum - lag(n.net_flow_cum) OVER (ORDER BY n.taken_at) AS flow
        FROM portfolio.portfolio_snapshots AS n WHERE n.user_id = whose
    ) AS s ORDER BY s.taken_at DESC LIMIT 1
$$;

-- Bad input
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE take('weekly', clock_timestamp()) $$, 'TR010', 'invalid kind', 'a kind is known');
SELECT throws_ok($$ EXECUTE take(NULL, clock_timestamp()) $$, 'TR010', 'invalid kind', 'and named');
SELECT throws_ok($$ EXECUTE take('intraday', NULL) $$, 'TR010', 'invalid at', 'a time is needed');
SELECT throws_ok(
    $$ EXECUTE take('intraday', clock_timestamp() + INTERVAL '1 second') $$, 'TR010', 'invalid at', 'that has come'
);
SELECT throws_ok($$ EXECUTE take('intraday', 'infinity') $$, 'TR010', 'invalid at', 'that will come');
SELECT throws_ok(
    $$ EXECUTE take('intraday', clock_timestamp() - INTERVAL '25 hours') $$, 'TR010', 'invalid at',
    'and is not long past: prices are of now'
);
SELECT throws_ok(
    $$ EXECUTE take('daily', date_trunc('day', clock_timestamp(), 'UTC') + INTERVAL '1 millisecond') $$,
    'TR010', 'invalid at', 'a day begins at midnight'
);
SELECT throws_ok($$ EXECUTE take_of('{0190aaaa-0000-7000-8000-000000000001}') $$, 'TR012', 'unknown user', 'users are known');
SELECT throws_ok('EXECUTE take_of(ARRAY[NULL]::uuid[])', 'TR012', 'unknown user', 'and named');
SELECT throws_ok(
    $$ EXECUTE take_of('{00000000-0000-7000-8000-000000000002}') $$, 'TR012', 'unknown user', 'the platform''s own own nothing'
);
SELECT results_eq($$ EXECUTE take_of('{}') $$, ARRAY[0], 'nobody is nobody');
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE take('daily', clock_timestamp()) $$),
    '{"argument": "at", "expected": "the last midnight in UTC"}', 'the detail says what a time is'
);

-- Without a price
UPDATE market.assets SET valuation_market_id = NULL WHERE code = 'T1ETH';
SELECT throws_ok('EXECUTE take_now', 'TR007', 'something has no price', 'what is held has a price, or all is refused');
SELECT is(
    pg_temp.detail_of('EXECUTE take_now'), '{"asset": "T1ETH", "market": null}', 'what it is, and neither whose nor how much'
);
UPDATE market.assets SET valuation_market_id = :embedded WHERE code = 'T1ETH';
SELECT is(
    pg_temp.detail_of('EXECUTE take_now'), '{"asset": "T1ETH", "market": "T1ETH-T1BTC"}', 'and the market without a mark'
);
UPDATE market.assets SET valuation_market_id = :acked WHERE code = 'T1ETH';
INSERT INTO trading.positions (user_id, market_id, quantity, entry_cost, realized_pnl, fees) VALUES
(:'bob', :embedded, -2, -0.08, 0.01, 0.002);
SELECT is(
    pg_temp.detail_of('EXECUTE take_now'), '{"asset": "T1BTC", "market": "T1ETH-T1BTC"}',
    'a position too is worth nothing that anybody knows'
);
SAVEPOINT left_out;
SET LOCAL ROLE tradebase_worker;
SELECT is(
    portfolio.snapshot_portfolio('intraday', clock_timestamp(), ARRAY[:'alice', :'bob']::uuid[], TRUE), 1, 'who has it can be left out'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT s.user_id FROM portfolio.portfolio_snapshots AS s
       WHERE s.user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b') $$,
    ARRAY[:'alice'::uuid], 'and nobody else'
);
ROLLBACK TO left_out;
UPDATE trading.positions SET quantity = 0, entry_cost = 0 WHERE market_id = :embedded;
SELECT is_empty('written', 'no refusal wrote anything');

-- Alice owns 9959.96 T1USD, 2.4 T1BTC and 10 T1ETH, of which 100 and 0.6 are held for others; bought 0.4 at 100.
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'everybody named has one');
RESET ROLE;
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10723.96', '9959.96', '764', '4', '0', '0.04', '0'],
    'all that is available and held, at its mark; the first has no flow'
);
SELECT is(
    pg_temp.newest(:'bob'), ARRAY['5355.92', '5039.92', '316', '-4', '1.1', '0.3', '0'],
    'what was won in T1BTC is worth something in T1USD'
);
SELECT results_eq(
    $$ SELECT h.value ->> 'asset', h.value ->> 'amount', h.value ->> 'price',
           (h.value ->> 'version')::bigint = b.version, (h.value ->> 'moved_at')::timestamptz = b.updated_at
       FROM portfolio.portfolio_snapshots AS s, jsonb_each(s.holdings) AS h
       JOIN portfolio.balances AS b ON b.asset_id = h.key::integer
       WHERE s.user_id = b.user_id AND b.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' ORDER BY 1 $$,
    $$ VALUES ('T1BTC', '2.4', '110', TRUE, TRUE), ('T1ETH', '10', '50', TRUE, TRUE), ('T1USD', '9959.96', '1', TRUE, TRUE) $$,
    'of what, at which price, and by which entry'
);

-- Once
SELECT s.taken_at AS first_at FROM portfolio.portfolio_snapshots AS s WHERE s.user_id = :'alice' \gset
PREPARE take_again AS SELECT portfolio.snapshot_portfolio('intraday', :'first_at', ARRAY[:'alice', :'bob']::uuid[]);
PREPARE take_before AS
SELECT portfolio.snapshot_portfolio(
    'intraday', :'first_at'::timestamptz - INTERVAL '1 microsecond', ARRAY[:'alice', :'bob']::uuid[]
);
SELECT portfolio.deposit(:'alice', 'T1USD', 1, 'alice:late') ->> 'status' AS status \gset
SELECT results_eq('EXECUTE take_again', ARRAY[0], 'the same again writes nothing');
SELECT results_eq('EXECUTE take_before', ARRAY[0], 'nor does what lies before: the series only goes on');
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10723.96', '9959.96', '764', '4', '0', '0.04', '0'], 'what stands is as it was'
);

-- Money in and out is no return
SELECT portfolio.deposit(:'alice', 'T1BTC', 1, 'alice:more') ->> 'status' AS status \gset
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'the next one');
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10834.96', '9960.96', '874', '4', '0', '0.04', '111'],
    'deposits came in, the coin at the price of now'
);
SELECT is(pg_temp.made(:'alice'), 0::double precision, 'and a deposit alone made nothing');
SELECT is(pg_temp.made(:'bob'), 0::double precision, 'nor did nothing at all');

SELECT market.set_mark_price('T1BTC-T1USD', 121, '2026-01-02') ->> 'is_set' AS is_set \gset
SELECT portfolio.transfer_for(:'bob', :'alice', 'T1ETH', 1, 'bob:gift') ->> 'status' AS status \gset
SELECT portfolio.adjust(:'bob', 'T1USD', -5, 'a test', 'bob:fix') ->> 'status' AS status \gset
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'a day later');
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10922.36', '9960.96', '961.4', '8.4', '0', '0.04', '161'],
    'a gift came in, 3.4 T1BTC gained 11 each'
);
SELECT is(
    pg_temp.made(:'alice'), (37.4 / 10884.96)::double precision, 'which is what the period made, of all that was there'
);
SELECT is(
    pg_temp.newest(:'bob'), ARRAY['5307.52', '5034.92', '272.6', '-8.4', '1.21', '0.322', '-55'],
    'a gift and a correction went out'
);

-- As of a moment ago: what came since is in the next one.
SELECT portfolio.deposit(:'alice', 'T1USD', 10, 'alice:before') ->> 'status' AS status \gset
SELECT clock_timestamp() AS moment \gset
SELECT portfolio.deposit(:'alice', 'T1USD', 40, 'alice:since') ->> 'status' AS status \gset
SELECT results_eq(
    format($$ EXECUTE take('intraday', %L) $$, :'moment'), ARRAY[2], 'a moment that has passed'
);
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10932.36', '9970.96', '961.4', '8.4', '0', '0.04', '171'],
    'neither what came since is in it, nor that it came'
);
SELECT portfolio.transfer_for(:'alice', :'bob', 'T1USD', 50, 'alice:on') ->> 'status' AS status \gset
SELECT portfolio.transfer_for(:'bob', 'dddddddd-0000-4000-8000-00000000000d', 'T1USD', 50, 'bob:on') ->> 'status' AS status \gset

-- A withdrawal goes when it is gone; its fee is a cost.
UPDATE market.assets SET withdraw_min = 5, withdraw_fee = 2 WHERE code = 'T1USD';
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 60.96, 'alice:out', 'iban:1') ->> 'id' AS withdrawal \gset
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'while it is pending');
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10922.36', '9960.96', '961.4', '8.4', '0', '0.04', '161'],
    'what is held for it is still hers'
);
SELECT portfolio.send_withdrawal(:'withdrawal') ->> 'status' AS status \gset
SELECT portfolio.complete_withdrawal(:'withdrawal', 'bank:1') ->> 'status' AS status \gset
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'when it is out');
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10859.4', '9898', '961.4', '8.4', '0', '0.04', '100.04'], 'the amount went out'
);
SELECT is(pg_temp.made(:'alice'), (-2 / 10861.4)::double precision, 'and the fee was lost');

-- A trade is no flow.
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 121) -> 'order' ->> 'id' AS sells \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.4, 121) -> 'order' ->> 'id' AS buys \gset
SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object(
    'market', 'T1BTC-T1USD', 'first_seq', 2, 'events', jsonb_build_array(jsonb_build_object(
        'maker_order_id', :'sells', 'taker_order_id', :'buys', 'price', '121', 'quantity', '0.4'
    ))
))) -> 0 ->> 'applied' AS applied \gset
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'after a trade');
SELECT is(
    pg_temp.newest(:'alice'), ARRAY['10859.3516', '9946.3516', '913', '0', '8.4', '0.0884', '100.04'],
    'what was unrealized is realized, and nothing came or went but the fee'
);

-- All of it out
SELECT portfolio.transfer_for(:'bob', :'alice', a.code, b.available, 'bob:' || a.code) ->> 'status' AS status
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id WHERE b.user_id = :'bob' \g /dev/null
SELECT trading.cancel_order_for(:'bob', :'bob_sold') ->> 'status' AS status \gset
SELECT portfolio.transfer_for(:'bob', :'alice', 'T1BTC', b.available, 'bob:rest') ->> 'status' AS status
FROM portfolio.balances AS b WHERE b.user_id = :'bob' AND b.asset_id = :t1btc \gset
SELECT results_eq(
    $$ SELECT sum(b.available + b.held) FROM portfolio.balances AS b WHERE b.user_id = 'bbbbbbbb-0000-4000-8000-00000000000b' $$,
    ARRAY[0::numeric], 'Bob has given everything away'
);
UPDATE market.assets SET valuation_market_id = NULL WHERE code = 'T1ETH';
SELECT is(
    pg_temp.detail_of($$ EXECUTE take_of('{bbbbbbbb-0000-4000-8000-00000000000b}') $$),
    '{"asset": "T1ETH", "market": null}', 'what went out needs a price, too'
);
UPDATE market.assets SET valuation_market_id = :acked WHERE code = 'T1ETH';
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'and is still known');
SELECT is((pg_temp.newest(:'bob'))[1], '0', 'with nothing');
SELECT is(pg_temp.made(:'bob'), NULL::double precision, 'which made nothing: there was nothing to work with');
UPDATE market.assets SET valuation_market_id = NULL WHERE code = 'T1ETH';
SELECT results_eq(
    $$ EXECUTE take_of('{bbbbbbbb-0000-4000-8000-00000000000b}') $$, ARRAY[1], 'what he no longer has needs no price'
);
UPDATE market.assets SET valuation_market_id = :acked WHERE code = 'T1ETH';

-- In another asset
UPDATE identity.profiles SET reporting_asset_id = :t1btc WHERE user_id = :'alice';
SELECT results_eq('EXECUTE take_now', ARRAY[2], 'Alice counts in T1BTC from here');
SELECT results_eq(
    format(
        $$ SELECT s.reporting_asset_id, abs(s.equity * 121 - (
               SELECT p.equity FROM portfolio.portfolio_snapshots AS p
               WHERE p.user_id = s.user_id AND p.reporting_asset_id <> s.reporting_asset_id ORDER BY p.taken_at DESC LIMIT 1
           )) < 1e-14, s.net_flow_cum::numeric
           FROM portfolio.portfolio_snapshots AS s WHERE s.user_id = %L ORDER BY s.taken_at DESC LIMIT 1 $$, :'alice'
    ), format($$ VALUES (%s, TRUE, 0::numeric) $$, :t1btc), 'the same, in other units, and the flows begin anew'
);
UPDATE system.system_config SET value = '"T1NIL"' WHERE key = 'reporting_asset';
SELECT throws_ok('EXECUTE take_now', 'TR011', 'unknown asset', 'the platform''s asset is one');
SELECT is(
    pg_temp.detail_of('EXECUTE take_now'), '{"asset": "T1NIL", "setting": "reporting_asset"}', 'or who set it is told'
);
UPDATE system.system_config SET value = '"T1USD"' WHERE key = 'reporting_asset';

-- Daily: what was there at midnight. Carol had 7 since yesterday, and 5 more today; Alice and Bob came today.
SELECT date_trunc('day', clock_timestamp(), 'UTC') AS midnight \gset
SELECT ops.ensure_partitions('portfolio.ledger_entries', :'midnight'::date - 1, :'midnight'::date) AS made \gset
INSERT INTO portfolio.balances (user_id, asset_id, available, version, updated_at)
VALUES (:'carol', :t1usd, 7, 1, :'midnight'::timestamptz - INTERVAL '1 hour');
INSERT INTO portfolio.ledger_entries (
    created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held, available_after, held_after, version
)
SELECT
    :'midnight'::timestamptz - INTERVAL '1 hour', j.id, 'deposit', j.id, e.user_id, :t1usd, e.amount, 0, e.after, e.held, e.version
FROM (SELECT core.uuid7() AS id) AS j,
(VALUES (:'carol'::uuid, 7, 7, 0, 1), (identity.system_user_id('external'), -7, NULL, NULL, NULL))
    AS e (user_id, amount, after, held, version);
SELECT portfolio.deposit(:'carol', 'T1USD', 5, 'carol:1') ->> 'status' AS status \gset
PREPARE take_daily AS
SELECT portfolio.snapshot_portfolio('daily', :'midnight', ARRAY[:'alice', :'bob', :'carol']::uuid[]);
SELECT results_eq('EXECUTE take_daily', ARRAY[1], 'who had nothing at midnight has none');
SELECT is((pg_temp.newest(:'carol'))[1], '7', 'of the others it says what they had then, though more came since');
SELECT results_eq(
    $$ EXECUTE take_of('{cccccccc-0000-4000-8000-00000000000c}') $$, ARRAY[1], 'an intraday one is of now'
);
SELECT is(
    pg_temp.newest(:'carol'), ARRAY['12', '12', '0', '0', '0', '0', '0'], 'and a series of its own, which begins here'
);

SELECT finish();
ROLLBACK;
