-- trading.close_orders(): orders leave the book with every column they had, to an end that their status allows.

BEGIN;
SELECT plan(36);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer(
    'trading', 'close_orders',
    ARRAY['uuid[]', 'text[]', 'text[]', 'numeric[]', 'numeric[]', 'numeric[]', 'numeric[]', 'bigint[]']
);
SELECT is(
    pg_temp.who_may_execute(
        'trading.close_orders(uuid[],text[],text[],numeric[],numeric[],numeric[],numeric[],bigint[])'
    ),
    ARRAY['tradebase_kernel'], 'only the kernel may'
);

-- A column that is added to the table and not to the move would come out of it with its default.
SELECT is(
    (
        SELECT regexp_split_to_array(
            btrim((regexp_match(pg_get_functiondef(p.oid), 'INSERT INTO trading\.orders \(([^)]*)\)'))[1], E' \n'),
            ',\s*'
        )
        FROM pg_proc AS p WHERE p.oid = 'trading.close_orders'::regproc
    ),
    (
        SELECT array_agg(a.attname::text ORDER BY a.attnum)
        FROM pg_attribute AS a
        WHERE a.attrelid = 'trading.orders'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ),
    'it moves every column of the table'
);

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100, 'gtc', 'alice:1', TRUE, NULL, 'cancel_both'
) -> 'order' ->> 'id' AS first_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.4, 110
) -> 'order' ->> 'id' AS second_order \gset
SELECT trading.place_order_for(
    :'bob', 'T1BTC-T1USD', 'sell', 'limit', 0.3, 120
) -> 'order' ->> 'id' AS third_order \gset
SELECT trading.place_order_for(
    :'alice', 'T1ETH-T1USD', 'sell', 'limit', 0.3, 120
) -> 'order' ->> 'id' AS pending_order \gset

PREPARE ends(uuid[], text[], text[]) AS
SELECT o.id, o.status::text, o.close_reason::text
FROM trading.close_orders($1, $2, $3, array_fill(0::numeric, ARRAY[cardinality($1)])) AS o ORDER BY o.seq;
PREPARE first_ends(text, text) AS
SELECT o.status::text, o.close_reason::text
FROM trading.close_orders(
    ARRAY[:'first_order']::uuid[], ARRAY[$1], ARRAY[$2], ARRAY[0], seqs => ARRAY[7]::bigint[]
) AS o;
PREPARE second_ends(text, text) AS
SELECT o.status::text, o.close_reason::text
FROM trading.close_orders(ARRAY[:'second_order']::uuid[], ARRAY[$1], ARRAY[$2], ARRAY[0]) AS o;
PREPARE pending_ends(text, text) AS
SELECT o.status::text, o.close_reason::text
FROM trading.close_orders(ARRAY[:'pending_order']::uuid[], ARRAY[$1], ARRAY[$2], ARRAY[0]) AS o;
PREPARE first_row AS SELECT to_jsonb(o) FROM trading.orders AS o WHERE o.id = :'first_order';

SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE first_ends('canceled', 'admin_cancel') $$, '42501', NULL, 'a service moves no order');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE first_ends('canceled', 'admin_cancel') $$, '42501', NULL, 'nor does Alice');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE first_ends('canceled', 'admin_cancel') $$, '42501', NULL, 'nor an engine');

SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    $$ EXECUTE first_ends('canceled', 'user_cancel') $$, '23514', NULL, 'an order that still holds something stays'
);
RESET ROLE;
-- As if all was released, and something was filled before: no column has its default.
UPDATE partitions.orders_open
SET hold = 0
WHERE id IN (:'first_order', :'second_order', :'third_order', :'pending_order');
UPDATE partitions.orders_open
SET
    status = 'partially_filled', filled_quantity = 0.1, filled_quote = 9.9, fee_total = 0.0198, version = 7,
    cancel_requested_at = clock_timestamp(), replaces_order_id = :'second_order'
WHERE id = :'first_order';
SELECT to_jsonb(o) AS before FROM trading.orders AS o WHERE o.id = :'first_order' \gset

-- What no order ends in

SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    $$ EXECUTE first_ends('rejected', 'engine_reject') $$, 'TR203',
    'an order cannot go from partially_filled to rejected', 'what is partially filled is not rejected'
);
SELECT throws_ok(
    $$ EXECUTE first_ends('open', 'user_cancel') $$, 'TR203', 'an order cannot go from partially_filled to open',
    'nor open again'
);
SELECT throws_ok(
    $$ EXECUTE second_ends('rejected', 'engine_reject') $$, 'TR203', 'an order cannot go from open to rejected',
    'what is open is not rejected'
);
SELECT throws_ok(
    $$ EXECUTE second_ends('pending', 'user_cancel') $$, 'TR203', 'an order cannot go from open to pending',
    'nor pending again'
);
SELECT throws_ok(
    $$ EXECUTE second_ends('gone', 'user_cancel') $$, 'TR203', 'an order cannot go from open to gone',
    'there is no other status'
);
SELECT throws_ok(
    $$ EXECUTE second_ends('open', 'user_cancel') $$, 'TR203', 'an order cannot go from open to open',
    'no order ends in open'
);
SELECT throws_ok(
    $$ EXECUTE second_ends('partially_filled', 'user_cancel') $$, 'TR203',
    'an order cannot go from open to partially_filled', 'nor in partially_filled'
);
SELECT throws_ok(
    $$ EXECUTE second_ends('canceled', 'boredom') $$, '23514', NULL, 'an order ends for a known reason'
);
SELECT throws_ok($$ EXECUTE second_ends('canceled', NULL) $$, '23514', NULL, 'and for one at all');
SELECT throws_ok(
    $$ EXECUTE second_ends('filled', 'filled') $$, '23514', NULL, 'what is not filled does not end as filled'
);
SELECT throws_ok(
    format(
        'EXECUTE ends(%L, %L, %L)', ARRAY[:'second_order', :'first_order'], ARRAY['canceled', 'rejected'],
        ARRAY['user_cancel', 'engine_reject']
    ),
    'TR203', 'an order cannot go from partially_filled to rejected', 'of several one that may not holds back all'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE second_ends('rejected', 'engine_reject') $$), '{"from": "open", "to": "rejected"}',
    'the detail says from what to what'
);
SELECT results_eq('first_row', ARRAY[:'before'::jsonb], 'what is refused stays as it was');

-- Out of the book

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    $$ EXECUTE first_ends('canceled', 'user_cancel') $$, $$ VALUES ('canceled', 'user_cancel') $$,
    'an order ends and is returned'
);
RESET ROLE;
SELECT to_jsonb(o) AS after, o.tableoid::regclass AS leaf, o.closed_at AS closed_at
FROM trading.orders AS o WHERE o.id = :'first_order' \gset
SELECT is(
    :'after'::jsonb - ARRAY['closed_at', 'updated_at', 'status', 'close_reason', 'close_seq', 'on_book', 'version'],
    :'before'::jsonb - ARRAY['closed_at', 'updated_at', 'status', 'close_reason', 'close_seq', 'on_book', 'version'],
    'every other column is as it was'
);
SELECT is_empty(
    format($$ SELECT key FROM jsonb_each(%L) WHERE value = 'null' $$, :'after'), 'and none is unknown'
);
SELECT is(
    jsonb_build_array(
        :'after'::jsonb -> 'status', :'after'::jsonb -> 'close_reason', :'after'::jsonb -> 'close_seq',
        :'after'::jsonb -> 'on_book', :'after'::jsonb -> 'version',
        :'after'::jsonb -> 'updated_at' = :'after'::jsonb -> 'closed_at'
    ),
    '["canceled", "user_cancel", 7, false, 8, true]', 'it is off the book, in its next version'
);
SELECT is(
    :'leaf', to_char(:'closed_at'::timestamptz AT TIME ZONE 'UTC', '"partitions.orders_"YYYY_MM'),
    'in the leaf of the month'
);
SELECT is_empty(
    format('SELECT id FROM partitions.orders_open WHERE id = %L', :'first_order'), 'and nowhere else'
);
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    $$ EXECUTE first_ends('expired', 'max_age') $$, 'TR303', 'an order is not open any more',
    'what is closed does not end again'
);
SELECT is_empty($$ EXECUTE ends('{}', '{}', '{}') $$, 'of none, none ends');
RESET ROLE;
SELECT results_eq('first_row', ARRAY[:'after'::jsonb], 'and is as it was closed');

-- Several at once

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    format(
        'EXECUTE ends(%L, %L, %L)', ARRAY[:'third_order', :'second_order', :'pending_order'],
        ARRAY['expired', 'canceled', 'rejected'], ARRAY['max_age', 'market_halted', 'engine_reject']
    ),
    format(
        $$ VALUES
        (%L::uuid, 'canceled', 'market_halted'), (%L, 'expired', 'max_age'), (%L, 'rejected', 'engine_reject') $$,
        :'second_order', :'third_order', :'pending_order'
    ),
    'each goes to its own end for its own reason'
);
RESET ROLE;
SELECT is_empty(
    format(
        'SELECT id FROM partitions.orders_open WHERE market_id IN (%s, %s)', :traded, :acked
    ), 'the book is empty'
);

-- With its last fills

SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS traded_order \gset
UPDATE partitions.orders_open
SET status = 'partially_filled', filled_quantity = 0.2, filled_quote = 19.5, fee_total = 0.04, hold = 30.06
WHERE id = :'traded_order';
PREPARE trades_and_ends(text, numeric, numeric) AS
SELECT
    o.status::text, trim_scale(o.filled_quantity)::text, trim_scale(o.filled_quote)::text, trim_scale(o.fee_total)::text,
    o.hold = 0, o.version
FROM trading.close_orders(
    ARRAY[:'traded_order']::uuid[], ARRAY[$1], ARRAY[CASE $1 WHEN 'filled' THEN 'filled' ELSE 'user_cancel' END],
    ARRAY[$2], ARRAY[$3], ARRAY[$3 * 99], ARRAY[0.01]
) AS o;
SET LOCAL ROLE tradebase_kernel;
SELECT throws_ok(
    $$ EXECUTE trades_and_ends('filled', 30, 0.3) $$, '23514', NULL, 'a hold of which something is left stays'
);
SELECT throws_ok(
    $$ EXECUTE trades_and_ends('filled', 30.06, 0.4) $$, '23514', NULL, 'nothing is filled beyond the quantity'
);
SELECT throws_ok(
    $$ EXECUTE trades_and_ends('canceled', 30.06, 0.3) $$, '23514', NULL, 'what is filled whole is not canceled'
);
SELECT results_eq(
    $$ EXECUTE trades_and_ends('filled', 30.06, 0.3) $$, $$ VALUES ('filled', '0.5', '49.2', '0.05', TRUE, 2) $$,
    'its last fills are added as it ends'
);
RESET ROLE;

-- A clock that went back, as on a replica that took over. The looks for a closed order begin at the time in its id.
SELECT trading.place_order_for(
    :'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100
) -> 'order' ->> 'id' AS early_order \gset
UPDATE partitions.orders_open
SET
    id = overlay(
        id::text PLACING regexp_replace(lpad(to_hex(
            (extract(EPOCH FROM created_at) * 1000)::bigint + 5000
        ), 12, '0'), '(.{8})', '\1-') FROM 1 FOR 13
    )::uuid,
    created_at = created_at + INTERVAL '5 seconds'
WHERE id = :'early_order'
RETURNING id AS early_order \gset
SELECT trading.cancel_order_for(:'alice', :'early_order') ->> 'status' AS canceled \gset
SELECT results_eq(
    format('SELECT closed_at >= created_at FROM trading.orders WHERE id = %L', :'early_order'), ARRAY[TRUE],
    'no order ends before it began, or nobody would find it again'
);

SELECT finish();
ROLLBACK;
