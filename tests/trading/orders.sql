-- trading.orders: the open book is one leaf, history goes by month, and no order is in a state that cannot be.

BEGIN;
SELECT plan(100);
\ir ../fixtures/trading_rows.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
SELECT ops.ensure_partitions('trading.orders', '2031-03-01', '2031-03-01') AS made \gset

SELECT columns_are('trading', 'orders', ARRAY[
    'id', 'closed_at', 'created_at', 'updated_at', 'seq', 'user_id', 'market_id', 'side', 'type', 'time_in_force',
    'status', 'price', 'quantity', 'filled_quantity', 'filled_quote', 'fee_total', 'hold', 'hold_asset_id',
    'maker_fee_rate', 'taker_fee_rate', 'post_only', 'stp', 'on_book', 'expires_at', 'client_order_id',
    'cancel_requested_at', 'close_reason', 'close_seq', 'replaces_order_id', 'version'
]);
SELECT col_type_is('trading', 'orders', c.name, 'core', c.type::text, format('%s is a %s', c.name, c.type::text))
FROM (VALUES
    ('price', 'price'), ('quantity', 'quantity'), ('filled_quantity', 'amount'), ('filled_quote', 'amount'),
    ('fee_total', 'delta'), ('hold', 'amount'), ('maker_fee_rate', 'fee_rate'), ('taker_fee_rate', 'fee_rate'),
    ('client_order_id', 'client_key')
) AS c (name, type);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'trading.orders'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['cancel_requested_at', 'client_order_id', 'close_reason', 'close_seq', 'expires_at', 'replaces_order_id'],
    'nothing else may be unknown'
);
SELECT indexes_are('trading', 'orders', ARRAY['orders_pkey', 'orders_user_id_closed_at_id_idx']);
SELECT indexes_are('partitions', 'orders_2031_03', ARRAY[
    'orders_2031_03_pkey', 'orders_2031_03_user_id_closed_at_id_idx'
]);
SELECT indexes_are('partitions', 'orders_open', ARRAY[
    'orders_open_pkey', 'orders_open_user_id_closed_at_id_idx', 'orders_open_bids_idx', 'orders_open_asks_idx',
    'orders_open_user_id_market_id_seq_idx', 'orders_open_expires_at_idx'
]);
SELECT is(
    pg_get_expr(i.indpred, i.indrelid), x.predicate, format('%s holds what can be traded with', x.name)
)
FROM (VALUES
    ('orders_open_bids_idx', $$(((side)::text = 'buy'::text) AND on_book)$$),
    ('orders_open_asks_idx', $$(((side)::text = 'sell'::text) AND on_book)$$)
) AS x (name, predicate)
INNER JOIN pg_index AS i ON i.indexrelid = format('partitions.%I', x.name)::regclass;
-- No index stands on what a fill changes: such an update stays in its page.
SELECT is_empty(
    $$ SELECT i.indexrelid::regclass, a.attname
       FROM pg_index AS i
       INNER JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND (
           a.attnum = ANY (i.indkey::smallint[])
           OR coalesce(pg_get_expr(i.indpred, i.indrelid), '') ~ ('\m' || a.attname || '\M')
       )
       WHERE i.indrelid = 'partitions.orders_open'::regclass AND a.attname IN (
           'status', 'filled_quantity', 'filled_quote', 'fee_total', 'hold', 'updated_at', 'version'
       ) $$,
    'a fill touches no index of the open book'
);
SELECT has_sequence('trading', 'command_seq', 'a market''s commands are numbered');

-- Where an order is
PREPARE where_it_is AS
SELECT tableoid::regclass::text, status::text FROM trading.orders WHERE user_id = :'alice' ORDER BY id;
SELECT lives_ok($$ SELECT pg_temp.put('trading.orders') $$, 'an order is placed');
SELECT lives_ok(
    format(
        'SELECT pg_temp.put(%L, %L)', 'trading.orders', jsonb_build_object(
            'id', :'two', 'status', 'canceled', 'closed_at', '2031-03-31 23:59:59.999+00',
            'close_reason', 'user_cancel', 'hold', 0, 'on_book', FALSE
        )
    ),
    'another is written down as it ended'
);
SELECT results_eq(
    'where_it_is', $$ VALUES ('partitions.orders_open', 'open'), ('partitions.orders_2031_03', 'canceled') $$,
    'what lives is in the open book, what ended in the leaf of its month'
);
SELECT is(
    pg_temp.refusal('trading.orders', '{"id": "01c1790c-d500-7000-8000-000000000001"}'), '23505 orders_open_pkey',
    'an order is in the open book once'
);
SELECT is(
    pg_temp.refusal('trading.orders', jsonb_build_object(
        'status', 'canceled', 'closed_at', '1900-01-01 00:00:00+00', 'close_reason', 'user_cancel', 'hold', 0,
        'on_book', FALSE
    )),
    '23514', 'an order goes nowhere without a leaf'
);

-- What cannot be. The changes are made to an open order, or to one that was canceled.
SELECT is(
    pg_temp.refusal('trading.orders', CASE
        WHEN c.ended THEN jsonb_build_object(
            'status', 'canceled', 'closed_at', '2031-03-06 10:00:00+00', 'close_reason', 'user_cancel', 'hold', 0,
            'on_book', FALSE
        )
        ELSE '{}'
    END || jsonb_build_object('id', :'three') || c.changes::jsonb),
    c.refused, c.description
)
FROM (VALUES
    (FALSE, '{}', NULL, 'an open order is fine'),
    (TRUE, '{}', NULL, 'so is a canceled one'),
    (
        FALSE, '{"created_at": "2031-03-05 10:00:00.001+00"}', '23514 orders_created_at_check',
        'an order was made at the time in its id'
    ),
    (FALSE, '{"side": "hold"}', '23514 order_side_check', 'a side outside the list is refused'),
    (FALSE, '{"type": "stop"}', '23514 order_type_check', 'a type outside the list is refused'),
    (
        FALSE, '{"time_in_force": "gfw"}', '23514 time_in_force_check',
        'a time in force outside the list is refused'
    ),
    (FALSE, '{"type": "market"}', '23514 orders_market_check', 'a market order does not rest'),
    (
        FALSE, '{"type": "market", "time_in_force": "fok", "expires_at": null}', NULL, 'it is all or nothing, or ioc'
    ),
    (
        FALSE, '{"time_in_force": "ioc", "expires_at": null, "post_only": true}', '23514 orders_post_only_check',
        'what only rests is not for now only'
    ),
    (FALSE, '{"post_only": true}', NULL, 'what only rests is gtc'),
    (FALSE, '{"expires_at": null}', '23514 orders_expires_at_check', 'what rests has an end'),
    (FALSE, '{"time_in_force": "ioc"}', '23514 orders_expires_at_check', 'what does not rest has none'),
    (
        FALSE, '{"status": "partially_filled", "filled_quantity": 2.1}', '23514 orders_filled_check',
        'no more is filled than was asked for'
    ),
    (TRUE, '{"status": "asleep"}', '23514 order_status_check', 'a status outside the list is refused'),
    (TRUE, '{"status": "untriggered"}', '23514 order_status_check', 'there are no orders yet that wait for a trigger'),
    (
        FALSE, '{"status": "filled", "filled_quantity": 2, "on_book": false}', '23514 orders_closed_at_check',
        'what is filled has ended'
    ),
    (FALSE, '{"status": "canceled", "on_book": false}', '23514 orders_closed_at_check', 'what is canceled has ended'),
    (FALSE, '{"status": "expired", "on_book": false}', '23514 orders_closed_at_check', 'what is expired has ended'),
    (FALSE, '{"status": "rejected", "on_book": false}', '23514 orders_closed_at_check', 'what is rejected has ended'),
    (TRUE, '{"status": "open"}', '23514 orders_closed_at_check', 'what is open has not'),
    (TRUE, '{"status": "pending"}', '23514 orders_closed_at_check', 'what is pending has not'),
    (
        TRUE, '{"status": "partially_filled", "filled_quantity": 1}', '23514 orders_closed_at_check',
        'what is partially filled has not'
    ),
    (TRUE, '{"close_reason": null}', '23514 orders_close_reason_check', 'what has ended has a reason'),
    (FALSE, '{"close_reason": "user_cancel"}', '23514 orders_close_reason_check', 'what has not has none'),
    (TRUE, '{"close_reason": "bored"}', '23514 close_reason_check', 'a reason outside the list is refused'),
    (TRUE, '{"hold": 0.01}', '23514 orders_hold_check', 'what has ended holds nothing'),
    (
        TRUE, '{"status": "filled", "close_reason": "filled", "filled_quantity": 1.9}', '23514 orders_filled_check',
        'filled means all of it'
    ),
    (TRUE, '{"status": "filled", "close_reason": "filled", "filled_quantity": 2}', NULL, 'and then it is fine'),
    (FALSE, '{"status": "partially_filled"}', '23514 orders_filled_check', 'partially filled means some'),
    (FALSE, '{"status": "partially_filled", "filled_quantity": 1}', NULL, 'and then it is fine'),
    (FALSE, '{"filled_quantity": 1}', '23514 orders_filled_check', 'nothing of an open order is filled'),
    (
        FALSE, '{"status": "pending", "on_book": false, "filled_quantity": 1}', '23514 orders_filled_check',
        'nothing of a pending one'
    ),
    (
        TRUE, '{"status": "rejected", "close_reason": "engine_reject", "filled_quantity": 1}',
        '23514 orders_filled_check', 'nothing of a rejected one'
    ),
    (TRUE, '{"filled_quantity": 2}', '23514 orders_filled_check', 'a canceled one is not filled'),
    (TRUE, '{"filled_quantity": 1.9}', NULL, 'but in part'),
    (
        TRUE, '{"status": "expired", "close_reason": "gtd_elapsed", "filled_quantity": 2}',
        '23514 orders_filled_check', 'nor is an expired one'
    ),
    (FALSE, '{"stp": "toss_a_coin"}', '23514 stp_mode_check', 'a way against trading with oneself is on the list'),
    (FALSE, '{"status": "pending"}', '23514 orders_on_book_check', 'nobody trades with a pending order'),
    (FALSE, '{"status": "pending", "on_book": false}', NULL, 'it waits off the book'),
    (TRUE, '{"on_book": true}', '23514 orders_on_book_check', 'nor with one that has ended'),
    (FALSE, '{"price": 0}', '23514 price_check', 'a price is positive'),
    (FALSE, '{"price": "NaN"}', '23514 price_check', 'and a number'),
    (FALSE, '{"quantity": 0}', '23514 quantity_check', 'a quantity is positive'),
    (FALSE, '{"filled_quantity": -1}', '23514 amount_check', 'less than nothing is never filled'),
    (FALSE, '{"hold": -0.01}', '23514 amount_check', 'nor held'),
    (FALSE, '{"fee_total": "Infinity"}', '23514 delta_check', 'fees are finite'),
    (FALSE, '{"taker_fee_rate": 0.11}', '23514 fee_rate_check', 'a fee is at most a tenth'),
    (FALSE, '{"client_order_id": "a b"}', '23514 client_key_check', 'a client''s name for it is a key'),
    (FALSE, '{"price": null}', '23502', 'even a market order has a price')
) AS c (ended, changes, refused, description);
SELECT is(
    pg_temp.refusal('trading.orders', jsonb_build_object(
        'id', :'three', 'status', 'rejected', 'closed_at', '2031-03-06 10:00:00+00', 'close_reason', r.reason,
        'hold', 0, 'on_book', FALSE
    )),
    NULL, format('%s is a reason to end', r.reason)
)
FROM unnest(ARRAY[
    'filled', 'user_cancel', 'cancel_all', 'admin_cancel', 'replaced', 'self_trade', 'ioc_remainder', 'fok_unfillable',
    'no_liquidity', 'post_only_cross', 'gtd_elapsed', 'day_end', 'max_age', 'market_halted', 'market_closed',
    'engine_reject'
]) AS r (reason);

-- What it cannot become
PREPARE back_to_pending AS UPDATE trading.orders SET status = 'pending' WHERE id = :'one';
PREPARE reject_in_the_leaf AS UPDATE partitions.orders_open SET status = 'rejected' WHERE id = :'one';
PREPARE rise_again AS
UPDATE trading.orders SET status = 'open', closed_at = 'infinity', close_reason = NULL WHERE id = :'two';
PREPARE end_twice AS UPDATE trading.orders SET status = 'expired' WHERE id = :'two';
PREPARE fill_some AS
UPDATE partitions.orders_open SET status = 'partially_filled', filled_quantity = 1, hold = 10.02 WHERE id = :'one';
PREPARE fill_none AS UPDATE partitions.orders_open SET status = 'open', filled_quantity = 0 WHERE id = :'one';
PREPARE say_open_again AS UPDATE partitions.orders_open SET status = 'open', quantity = 1.9 WHERE id = :'one';
PREPARE touch AS UPDATE partitions.orders_open SET version = version + 1 WHERE id = :'one';

SELECT is(pg_temp.who_may_execute('trading.orders_transition()'), '{}', 'nobody makes triggers of it but the owner');
SELECT results_eq(
    $$ SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default" FROM pg_trigger AS t
       WHERE t.tgrelid IN (
           'trading.orders'::regclass, 'partitions.orders_open'::regclass, 'partitions.orders_2031_03'::regclass
       )
       AND NOT t.tgisinternal AND t.tgname = 'orders_transition' AND t.tgenabled IN ('O', 'A') ORDER BY 1 $$,
    $$ VALUES
        ('partitions.orders_2031_03', 'orders_transition'), ('partitions.orders_open', 'orders_transition'),
        ('trading.orders', 'orders_transition') $$,
    'the open book and every month are watched'
);
SELECT throws_ok(
    'back_to_pending', 'TR203', 'an order cannot go from open to pending', 'an open order is not pending again'
);
SELECT throws_ok(
    'reject_in_the_leaf', 'TR203', 'an order cannot go from open to rejected',
    'nor rejected, past the parent neither'
);
SELECT throws_ok('rise_again', 'TR203', 'an order cannot go from canceled to open', 'what has ended stays so');
SELECT throws_ok('end_twice', 'TR203', 'an order cannot go from canceled to expired', 'and as it ended');
SELECT is(
    pg_temp.detail_of(format('UPDATE trading.orders SET status = %L WHERE id = %L', 'pending', :'one')),
    '{"from": "open", "to": "pending"}', 'the detail tells both'
);
SELECT lives_ok('say_open_again', 'open to open is an amendment');
SELECT lives_ok('fill_some', 'an open order fills');
SELECT throws_ok(
    'fill_none', 'TR203', 'an order cannot go from partially_filled to open', 'what is filled stays filled'
);
SELECT lives_ok('touch', 'what leaves the status alone is not asked');
SELECT results_eq(
    format(
        'SELECT status::text, quantity::text, filled_quantity::text, hold::text, version
        FROM trading.orders WHERE id = %L', :'one'
    ),
    $$ VALUES ('partially_filled', '1.9', '1', '10.02', 2) $$, 'the legal changes are there'
);

SELECT finish();
ROLLBACK;
