-- events.read(): whole windows of transactions that are over, in the order of the ids, the same again until acknowledged.

BEGIN;
SELECT plan(42);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/events.psql

SELECT is_definer('events', 'read', ARRAY['text', 'integer']);
SELECT function_owner_is('events', 'read', ARRAY['text', 'integer'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('events.read(text,integer)'), ARRAY['tradebase_worker'], 'only a worker may');
SELECT is(
    (SELECT array_agg(c ORDER BY c) FROM pg_proc AS p, unnest(p.proconfig) AS c WHERE p.oid = 'events.read'::regproc),
    ARRAY[
        'enable_bitmapscan=off', 'enable_seqscan=off', 'enable_sort=off', 'plan_cache_mode=force_generic_plan',
        'search_path=pg_catalog, pg_temp'
    ],
    'it reads by its indexes, whatever the statistics say'
);

-- The ids of a test are counted from its first event.
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100'), ('t1_late', 1, '111');
SELECT pg_temp.tell('120', 'market:T1BTC-T1USD', '{"n": 1}') AS first_id \gset
SELECT pg_temp.tell('110', 'user:' || :'alice', '{"n": 2}') - :first_id + 1 AS second \gset
SELECT pg_temp.tell('99', 'market:T1BTC-T1USD', '{"n": 3}') - :first_id + 1 AS too_old \gset
SELECT pg_temp.tell('100', 'config', '{"n": 4}') - :first_id + 1 AS fourth \gset

PREPARE read_whole(text) AS
SELECT r.id - :first_id + 1, r.topic, r.event, r.payload FROM events.read($1) AS r;
PREPARE read_some(text, integer) AS SELECT r.id - :first_id + 1 FROM events.read($1, $2) AS r;
PREPARE said_of_the_first(text) AS SELECT r.upto_xid::text, r.stream_id, r.created_at FROM events.read($1, 1) AS r;

SET LOCAL ROLE anon;
SELECT throws_ok($$ EXECUTE read_whole('t1_one') $$, '42501', NULL, 'nobody off the street reads');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ EXECUTE read_whole('t1_one') $$, '42501', NULL, 'nor does Alice');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE read_whole('t1_one') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE read_whole('t1_one') $$, '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE read_whole('t1_one') $$, '42501', NULL, 'nor an operator');

SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ EXECUTE read_whole('t1_one') $$,
    format(
        $$ VALUES (1::bigint, 'market:T1BTC-T1USD', 'test', jsonb '{"n": 1}'), (2, 'user:%s', 'test', '{"n": 2}'),
           (4, 'config', 'test', '{"n": 4}') $$, :'alice'
    ),
    'a worker reads in the order of the ids, whatever the transactions'' numbers, and nothing from before its cursor'
);
SELECT results_eq($$ EXECUTE read_some('t1_late', 1000) $$, ARRAY[1::bigint], 'each from where its own cursor is');
RESET ROLE;
SELECT is(
    pg_temp.cursor_of('t1_one', :first_id - 1), format('1 100 %s 0 4', pg_snapshot_xmin(pg_current_snapshot())),
    'the window is open: up to the oldest transaction that still runs, from before its first event to its last'
);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq($$ EXECUTE read_some('t1_one', 1000) $$, ARRAY[1::bigint, 2, 4], 'the same again until it says so');
SELECT results_eq($$ EXECUTE read_some('t1_one', 2) $$, ARRAY[1::bigint, 2], 'as many as it wants');
SELECT results_eq($$ EXECUTE read_some('t1_one', 10000) $$, ARRAY[1::bigint, 2, 4], 'up to 10000');

-- What is over only later is not in the window, whatever its number and its place.
RESET ROLE;
SELECT pg_temp.tell('101', 'market:T1BTC-T1USD', '{"n": 5}') - :first_id + 1 AS fifth \gset
SET LOCAL ROLE tradebase_worker;
SELECT results_eq($$ EXECUTE read_some('t1_one', 1000) $$, ARRAY[1::bigint, 2, 4], 'an open window does not grow');
SELECT results_eq(
    $$ EXECUTE said_of_the_first('t1_one') $$,
    format(
        $$ VALUES (%L, %L, timestamptz '2031-03-05 10:00:00+00') $$, pg_snapshot_xmin(pg_current_snapshot()),
        (281474976710656 + pg_snapshot_xmin(pg_current_snapshot())::text::bigint) || '-' || :first_id
    ),
    'each event says its window and its place in the stream: incarnation and window, then its id'
);

-- It goes on after what is acknowledged, within the window and past it.
SELECT r.upto_xid AS upto FROM events.read('t1_one', 1) AS r \gset
SELECT events.acknowledge('t1_one', :'upto', :first_id + 1, 2);
SELECT results_eq($$ EXECUTE read_some('t1_one', 1000) $$, ARRAY[4::bigint], 'what is acknowledged does not come again');
SELECT events.acknowledge('t1_one', :'upto', :first_id + 3, 1);
RESET ROLE;
SELECT is(pg_temp.cursor_of('t1_one'), '1 ' || :'upto', 'the last of a window closes it');
-- Of a transaction below the next window: no such number is given out any more, so it tells that the window begins there.
SET LOCAL ROLE tradebase_worker;
SELECT is_empty($$ EXECUTE read_some('t1_one', 1000) $$, 'the next begins where this one ended');
RESET ROLE;
SELECT is(pg_temp.cursor_of('t1_one'), '1 ' || :'upto', 'and with nothing to read nothing is opened');

-- Our own transaction, and whatever began after one that still runs
SELECT pg_current_xact_id() AS mine \gset
SELECT pg_temp.tell(:'mine', 'market:T1BTC-T1USD') AS of_mine \gset
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_new', 1, '120');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ EXECUTE read_some('t1_new', 1000) $$, ARRAY[1::bigint], 'no event of a transaction that still runs, ours neither'
);
RESET ROLE;
SELECT ok(
    :'mine'::xid8 >= (SELECT c.upto_xid FROM events.consumers AS c WHERE c.name = 't1_new'),
    'its number is not below the end of the window'
);

-- Past a window that somebody has open: with a higher id than its last, and with a lower number than its end
SELECT c.high_id - :first_id + 1 AS last_of_it FROM events.consumers AS c WHERE c.name = 't1_late' \gset
SELECT is(:last_of_it, 1, 'a window ends with its last event');
SELECT pg_temp.tell('112', 'market:T1BTC-T1USD', '{"n": 6}') AS beyond \gset
SET LOCAL ROLE tradebase_worker;
SELECT results_eq($$ EXECUTE read_some('t1_late', 1000) $$, ARRAY[1::bigint], 'behind which nothing is read of it');
RESET ROLE;

-- Between its first and its last event there are others, of transactions behind its end and before its beginning.
INSERT INTO events.consumers (name, incarnation, from_xid, upto_xid, last_id, high_id)
VALUES ('t1_open', 1, '100', '115', :first_id - 1, :first_id + 3);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ EXECUTE read_some('t1_open', 1000) $$, ARRAY[2::bigint, 4], 'nor what has its ids and not its transactions'
);
RESET ROLE;

-- Over a restore: what was written before it comes first, all of it, then what is of the next incarnation.
SAVEPOINT restored;
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_old', 1, '112');
SELECT pg_temp.tell('150', 'market:T1BTC-T1USD', incarnation => 3) AS between_them \gset
SELECT pg_temp.tell('1000000000000', 'market:T1BTC-T1USD', incarnation => 1) AS before_it \gset
SELECT pg_temp.tell('50', 'market:T1BTC-T1USD', incarnation => 3) AS after_it \gset
PREPARE read_of(text) AS
SELECT r.id, r.upto_xid::text, r.stream_id FROM events.read($1) AS r
WHERE r.id IN (:before_it, :between_them, :after_it, :beyond);
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    $$ EXECUTE read_of('t1_old') $$,
    format(
        $$ VALUES (%1$s::bigint, '281474976710655', '562949953421311-%1$s'), (%2$s, '281474976710655',
           '562949953421311-%2$s') $$, :beyond, :before_it
    ),
    'of a cluster that is no more every transaction is over, however high its number'
);
SELECT events.acknowledge('t1_old', '281474976710655', r.high, 3) FROM (
    SELECT max(r.id) AS high FROM events.read('t1_old') AS r
) AS r;
SELECT results_eq(
    $$ EXECUTE read_of('t1_old') $$,
    format(
        $$ VALUES (%1$s::bigint, %3$L, %4$L || '-%1$s'), (%2$s, %3$L, %4$L || '-%2$s') $$, :between_them, :after_it,
        pg_snapshot_xmin(pg_current_snapshot()),
        3 * 281474976710656::numeric + pg_snapshot_xmin(pg_current_snapshot())::text::numeric
    ),
    'then comes the next incarnation, whose numbers begin anew, higher in the stream'
);
RESET ROLE;
SELECT is(
    pg_temp.cursor_of('t1_old', :between_them),
    format('3 0 %s -1 2', pg_snapshot_xmin(pg_current_snapshot())), 'and the cursor is there'
);
ROLLBACK TO restored;

-- One that has nothing left in its incarnation goes on in the next at once.
SELECT pg_temp.tell('50', 'market:T1BTC-T1USD', incarnation => 2) AS after_it \gset
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_done', 1, '1000000000000');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    format('SELECT r.id FROM events.read(%L) AS r', 't1_done'), ARRAY[:after_it::bigint],
    'where nothing is left of an incarnation the next is read'
);
RESET ROLE;
SELECT is(
    pg_temp.cursor_of('t1_done', :after_it), format('2 0 %s -1 0', pg_snapshot_xmin(pg_current_snapshot())),
    'from its beginning'
);
ROLLBACK TO restored;

-- An engine's topic says which commands, and they come with it.
UPDATE identity.users SET stp_group = 'dddddddd-0000-4000-8000-00000000000d' WHERE id IN (:'alice', :'bob');
SELECT trading.place_order_for(:'alice', 'T1BTC-T1USD', 'buy', 'limit', 0.5, 100) -> 'order' ->> 'id' AS one \gset
SELECT trading.place_order_for(:'bob', 'T1BTC-T1USD', 'buy', 'limit', 0.4, 90) -> 'order' ->> 'id' AS two \gset
SELECT trading.place_order_for(:'bob', 'T1ETH-T1USD', 'buy', 'limit', 0.4, 90) -> 'order' ->> 'id' AS other \gset
SELECT min(c.seq) AS low_seq, max(c.seq) AS high_seq FROM trading.engine_commands AS c WHERE c.market_id = :traded \gset
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_engine', 1, '130');
SELECT count(pg_temp.tell(
    '130', t.topic, jsonb_build_object('first_seq', t.first_seq, 'last_seq', t.last_seq)
)) AS told
FROM (VALUES
    ('engine:T1BTC-T1USD', :low_seq::bigint, :high_seq::bigint), ('engine:T1BTC-T1USD', :high_seq, :high_seq),
    ('engine:T1-NOT-HERE', :low_seq, :high_seq), ('engine', 1, 2)
) AS t (topic, first_seq, last_seq) \gset
PREPARE commands_read AS
SELECT
    r.topic, ARRAY(SELECT c ->> 'order_id' FROM jsonb_array_elements(r.payload -> 'commands') AS c),
    ARRAY(SELECT jsonb_object_keys(r.payload -> 'commands' -> 0) AS k ORDER BY k),
    r.payload - 'commands'
FROM events.read('t1_engine') AS r WHERE jsonb_typeof(r.payload -> 'commands') IS DISTINCT FROM 'null';
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    'commands_read',
    format(
        $$ VALUES
            ('engine:T1BTC-T1USD', ARRAY[%1$L, %2$L],
             ARRAY['created_at', 'kind', 'order_id', 'payload', 'seq'], jsonb '{}'),
            ('engine:T1BTC-T1USD', ARRAY[%2$L], ARRAY['created_at', 'kind', 'order_id', 'payload', 'seq'], '{}'),
            ('engine', '{}'::text[], '{}'::text[], '{"first_seq": 1, "last_seq": 2}') $$, :'one', :'two'
    ),
    'an engine''s event brings its commands, in their order, of its market and no other'
);
SELECT results_eq(
    $$ SELECT r.payload FROM events.read('t1_engine') AS r WHERE r.topic = 'engine:T1-NOT-HERE' $$,
    ARRAY['{"commands": null}'::jsonb], 'a market that is not there has none'
);
SELECT results_eq(
    $$ SELECT count(*) FROM events.read('t1_engine') AS r
       WHERE r.payload::text ~ 'user|aaaaaaaa-0000|bbbbbbbb-0000|market_id' $$,
    ARRAY[0::bigint], 'and nobody is named in them, but the group whose members never trade with each other'
);

-- What is refused
SELECT throws_ok($$ EXECUTE read_whole('t1_nobody') $$, 'TR701', 'unknown consumer', 'whom nobody knows is named as such');
SELECT throws_ok('EXECUTE read_whole(NULL)', 'TR701', 'unknown consumer', 'and so is no name');
SELECT throws_ok(
    format('EXECUTE read_some(%L, %s)', 't1_one', n.rows), 'TR010', 'max_rows is 1 to 10000', n.rows || ' rows are refused'
)
FROM (VALUES ('0'), ('-1'), ('10001'), ('NULL')) AS n (rows);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE read_some('t1_one', 0) $$), '{"argument": "max_rows"}', 'the detail names the argument'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE read_whole('t1_nobody') $$), '{"consumer": "t1_nobody"}', 'or whom nobody knows'
);

SELECT finish();
ROLLBACK;
