-- events.relay_realtime() and events.send_realtime(): users and markets hear by Supabase Realtime, each event once,
-- whatever fails.

BEGIN;
SELECT plan(67);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/events.psql
-- On Supabase the owner relays: who calls realtime.send() there, tradebase_worker cannot be given.
SELECT
    CASE
        WHEN obj_description('realtime.messages'::regclass, 'pg_class') = 'made by tradebase' THEN 'tradebase_worker'
        ELSE current_user
    END AS relay,
    obj_description('realtime.messages'::regclass, 'pg_class') IS DISTINCT FROM 'made by tradebase' AS is_hosted \gset
\if :is_hosted
-- Realtime makes a partition a day, when it is used.
CREATE TABLE realtime.messages_t1 PARTITION OF realtime.messages DEFAULT;
\endif
-- What is refused is undone, how often it was tried is not.
CREATE TEMPORARY SEQUENCE attempts;
CREATE FUNCTION pg_temp.refuse_some() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM nextval('pg_temp.attempts');
    IF
        current_setting('t1.refused', TRUE) = 'all'
        OR new.payload ->> 'n' = ANY (string_to_array(current_setting('t1.refused', TRUE), ' '))
    THEN
        RAISE EXCEPTION 'full';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER messages_t1_refuse BEFORE INSERT ON realtime.messages
FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse_some();
-- It says so by a warning, and nobody listens to those here.
SET LOCAL client_min_messages = error;

SELECT isnt_definer('events', 'relay_realtime', ARRAY['integer', 'integer']);
SELECT isnt_definer('events', 'send_realtime', ARRAY['jsonb', 'text', 'text']);
SELECT is(
    pg_temp.who_may_execute('events.relay_realtime(integer,integer)'), ARRAY['tradebase_worker'], 'only a worker may relay'
);
SELECT is(
    pg_temp.who_may_execute('events.send_realtime(jsonb,text,text)'), ARRAY['tradebase_worker'], 'or send'
);

PREPARE relay AS SELECT events.relay_realtime();
PREPARE relay_some(integer, integer) AS SELECT events.relay_realtime($1, $2);
PREPARE send(text, jsonb) AS SELECT events.send_realtime($2, 'test', $1);
PREPARE sent AS
SELECT m.topic, m.event, m.payload - 'id' - 'at', m.private, m.extension FROM realtime.messages AS m
WHERE m.topic ~ 'T1|aaaaaaaa-0000|bbbbbbbb-0000' ORDER BY (m.payload ->> 'n')::integer;
PREPARE numbers_sent AS
SELECT (m.payload ->> 'n')::integer FROM realtime.messages AS m
WHERE m.topic ~ 'T1|aaaaaaaa-0000|bbbbbbbb-0000' ORDER BY 1;
PREPARE aside AS
SELECT o.payload ->> 'n', u.attempts, u.error FROM events.undelivered AS u
JOIN events.outbox AS o ON o.id = u.event_id AND o.created_at = u.created_at
WHERE u.consumer = 'realtime' ORDER BY u.event_id;
PREPARE how_it_is AS
SELECT c.upto_xid IS NOT NULL, c.delivered, c.last_error FROM events.consumers AS c WHERE c.name = 'realtime';

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('relay', '42501', NULL, 'Alice relays nothing');
SELECT throws_ok(
    format('EXECUTE send(%L, %L)', 'user:' || :'bob', '{"id": "1"}'), '42501', NULL, 'and sends nobody anything'
);
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok('relay', '42501', NULL, 'nor does a service relay');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('relay', '42501', NULL, 'nor an operator');

SET LOCAL ROLE :relay;
SELECT throws_ok(
    format('EXECUTE relay_some(%s, %s)', w.events, w.bytes), 'TR010', 'max_events is 1 to 25, max_bytes at least 1000',
    format('%s events of %s bytes are refused', w.events, w.bytes)
)
FROM (VALUES ('0', '1000'), ('26', '1000'), ('NULL', '1000'), ('1', '999'), ('1', 'NULL')) AS w (events, bytes);
RESET ROLE;
SELECT is(pg_temp.detail_of('EXECUTE relay_some(26, 999)'), '{"argument": "max_events"}', 'the detail names the first');
SELECT is(pg_temp.detail_of('EXECUTE relay_some(25, 999)'), '{"argument": "max_bytes"}', 'or the other argument');
DELETE FROM events.consumers WHERE name = 'realtime';
SET LOCAL ROLE :relay;
SELECT throws_ok('relay', 'TR701', 'unknown consumer', 'before somebody reads nothing is relayed');
RESET ROLE;
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('realtime', 1, '100');

SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 0, 'of nothing nothing is sent');
RESET ROLE;
SELECT results_eq('how_it_is', $$ VALUES (FALSE, 0::bigint, NULL::text) $$, 'and nothing moves');

-- Users and markets, nobody else
SELECT pg_temp.tell('110', 'user:' || :'alice', '{"n": 1}') AS one \gset
SELECT count(pg_temp.tell('110', t.topic, jsonb_build_object('n', t.n))) AS told
FROM (VALUES
    ('engine:T1BTC-T1USD', 2), ('market:T1BTC-T1USD', 3), ('config', 4), ('flags', 5), ('user:' || :'bob', 6),
    ('a:market:T1BTC-T1USD', 7)
) AS t (topic, n) \gset
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 7, 'all that there is is done');
RESET ROLE;
SELECT results_eq(
    'sent',
    format(
        $$ VALUES
            ('user:%s', 'test', jsonb '{"n": 1}', TRUE, 'broadcast'),
            ('market:T1BTC-T1USD', 'test', '{"n": 3}', TRUE, 'broadcast'),
            ('user:%s', 'test', '{"n": 6}', TRUE, 'broadcast') $$, :'alice', :'bob'
    ),
    'on private topics of their own names; engines, caches and what is none hear nothing'
);
SELECT is(
    (SELECT m.payload ->> 'id' FROM realtime.messages AS m WHERE m.topic = 'user:' || :'alice'),
    281474976710656 + pg_snapshot_xmin(pg_current_snapshot())::text::bigint || '-' || :one,
    'with the event''s place in the stream'
);
SELECT is(
    (SELECT (m.payload ->> 'at')::timestamptz FROM realtime.messages AS m WHERE m.topic = 'user:' || :'alice'),
    '2031-03-05 10:00:00+00', 'and its time'
);
SELECT results_eq('how_it_is', $$ VALUES (FALSE, 7::bigint, NULL::text) $$, 'all of it is behind the cursor');
SELECT is_empty('aside', 'and nothing is set aside');
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 0, 'each is sent once');
RESET ROLE;

-- What is too large waits alone
UPDATE events.consumers SET from_xid = '120' WHERE name = 'realtime';
SELECT count(pg_temp.tell('120', 'market:T1BTC-T1USD', t.payload)) AS told
FROM (VALUES
    (jsonb_build_object('n', 10)), (jsonb_build_object('n', 11, 'x', repeat('x', 1000))), (jsonb_build_object('n', 12))
) AS t (payload) \gset
SELECT octet_length((o.payload || jsonb_build_object('id', '281474976710656-' || o.id, 'at', o.created_at))::text) AS bytes
FROM events.outbox AS o WHERE o.payload ->> 'n' = '11' AND o.xid = '120' \gset
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(25, :bytes - 1), 3, 'what is too large does not stop what comes after it');
RESET ROLE;
SELECT results_eq('numbers_sent', ARRAY[1, 3, 6, 10, 12], 'which is sent');
SELECT results_eq(
    'aside', format($$ VALUES ('11', 1, '%s bytes, %s at most') $$, :bytes, :bytes - 1), 'it is set aside, and why is told'
);
SELECT results_eq('how_it_is', $$ VALUES (FALSE, 10::bigint, NULL::text) $$, 'and the cursor is behind it');
UPDATE events.undelivered SET next_at = clock_timestamp() WHERE consumer = 'realtime';
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(25, 1000), 0, 'when it is due it is too large still');
RESET ROLE;
SELECT alike(
    (SELECT u.error FROM events.undelivered AS u WHERE u.consumer = 'realtime'), 'TR703 % bytes, 1000 at most', 'and is told so'
);
SELECT is((SELECT u.attempts FROM events.undelivered AS u WHERE u.consumer = 'realtime'), 2, 'for the second time');
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 0, 'before it is due again nobody tries');
RESET ROLE;
UPDATE events.undelivered SET next_at = clock_timestamp() WHERE consumer = 'realtime';
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(25, :bytes + 100), 1, 'where it is not too large any more');
RESET ROLE;
SELECT results_eq('numbers_sent', ARRAY[1, 3, 6, 10, 11, 12], 'it is sent');
SELECT is_empty('aside', 'and is set aside no more');

-- As many as asked for
UPDATE events.consumers SET from_xid = '130' WHERE name = 'realtime';
SELECT count(pg_temp.tell('130', 'market:T1BTC-T1USD', jsonb_build_object('n', n))) AS told
FROM generate_series(20, 22) AS n \gset
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(2), 2, 'two of three');
SELECT is(events.relay_realtime(2), 1, 'then the third');
RESET ROLE;
SELECT results_eq('numbers_sent', ARRAY[1, 3, 6, 10, 11, 12, 20, 21, 22], 'each once');

-- What alone fails waits, and the others go on
UPDATE events.consumers SET from_xid = '140' WHERE name = 'realtime';
SELECT count(pg_temp.tell('140', 'market:T1BTC-T1USD', jsonb_build_object('n', n))) AS told
FROM generate_series(30, 34) AS n \gset
SET LOCAL t1.refused = '30 31 33';
SELECT last_value AS attempts FROM pg_temp.attempts \gset
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 5, 'where two come through channel and cursor go on');
RESET ROLE;
SELECT is((SELECT last_value FROM pg_temp.attempts) - :attempts, 5::bigint, 'each was tried once, and no probe');
SELECT results_eq('numbers_sent', ARRAY[1, 3, 6, 10, 11, 12, 20, 21, 22, 32, 34], 'these are sent');
SELECT results_eq(
    'aside',
    $$ SELECT n::text, 1, 'TR703 realtime.send() did not store the message' FROM unnest(ARRAY[30, 31, 33]) AS n $$,
    'and those set aside, though realtime.send() itself says nothing'
);
SELECT results_eq('how_it_is', $$ VALUES (FALSE, 18::bigint, NULL::text) $$, 'which is no failure of the channel');
UPDATE events.undelivered SET next_at = clock_timestamp() WHERE consumer = 'realtime';
SET LOCAL t1.refused = '31';
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 2, 'when they are due they are sent');
RESET ROLE;
SELECT results_eq('numbers_sent', ARRAY[1, 3, 6, 10, 11, 12, 20, 21, 22, 30, 32, 33, 34], 'those that can be');
SELECT results_eq(
    'aside', $$ VALUES ('31', 2, 'TR703 realtime.send() did not store the message') $$, 'the other waits longer'
);
SET LOCAL t1.refused = '';
UPDATE events.undelivered SET next_at = clock_timestamp() WHERE consumer = 'realtime';
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 1, 'until it can be sent');
RESET ROLE;
SELECT is_empty('aside', 'and nothing waits');

-- Where all fail it is the channel: nothing moves, and it is tried no more often than it takes to see that.
UPDATE events.consumers SET from_xid = '150' WHERE name = 'realtime';
SELECT count(pg_temp.tell('150', 'market:T1BTC-T1USD', jsonb_build_object('n', n))) AS told
FROM generate_series(40, 45) AS n \gset
SET LOCAL t1.refused = 'all';
SELECT last_value AS attempts FROM pg_temp.attempts \gset
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 0, 'where nothing comes through nothing is done');
RESET ROLE;
SELECT is((SELECT last_value FROM pg_temp.attempts) - :attempts, 4::bigint, 'three were tried, and a probe');
SELECT is_empty('aside', 'none is set aside');
SELECT results_eq(
    'how_it_is', $$ VALUES (TRUE, 18::bigint, 'TR703 realtime.send() did not store the message') $$,
    'the cursor stays where it is, and why is kept'
);
SET LOCAL t1.refused = '40 41';
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 6, 'when it is back all of it is done');
RESET ROLE;
SELECT results_eq('how_it_is', $$ VALUES (FALSE, 24::bigint, NULL::text) $$, 'the failure is forgotten');
SELECT results_eq(
    $$ SELECT (m.payload ->> 'n')::integer FROM realtime.messages AS m
       WHERE m.topic = 'market:T1BTC-T1USD' AND (m.payload ->> 'n')::integer >= 40 ORDER BY 1 $$,
    ARRAY[42, 43, 44, 45], 'each is sent once'
);
SELECT results_eq(
    'aside', $$ SELECT n, 1, 'TR703 realtime.send() did not store the message' FROM unnest(ARRAY['40', '41']) AS n $$,
    'but the two that alone fail now'
);

-- What can never be sent stops nobody, though there is nothing beside it that could be.
UPDATE events.consumers SET from_xid = '160' WHERE name = 'realtime';
SELECT count(pg_temp.tell('160', 'market:T1BTC-T1USD', jsonb_build_object('n', n))) AS told
FROM generate_series(50, 53) AS n \gset
SET LOCAL t1.refused = '50 51 52 53';
DELETE FROM events.undelivered WHERE consumer = 'realtime';
SET LOCAL ROLE :relay;
SELECT is(events.relay_realtime(), 3, 'where a probe comes through three that do not are done');
SELECT is(events.relay_realtime(), 1, 'and a last one');
RESET ROLE;
SELECT results_eq(
    'aside',
    $$ SELECT n::text, 1, 'TR703 realtime.send() did not store the message' FROM generate_series(50, 53) AS n $$,
    'they are set aside'
);
SELECT results_eq('how_it_is', $$ VALUES (FALSE, 28::bigint, NULL::text) $$, 'and the cursor is behind them');
SELECT is_empty(
    $$ SELECT m.topic FROM realtime.messages AS m WHERE m.event = 'probe' AND m.topic ~ '^(user|market):' $$,
    'no probe is on a topic that somebody may join'
);

-- One message, for who sends it by itself
SET LOCAL t1.refused = '40 41';
SET LOCAL ROLE :relay;
SELECT throws_ok(
    format('EXECUTE send(%L, %L)', 'market:T1BTC-T1USD', '{"id": "1", "n": 40}'), 'TR703',
    'realtime.send() did not store the message', 'what is not stored is told'
);
SELECT lives_ok(format('EXECUTE send(%L, %L)', 'market:T1BTC-T1USD', '{"id": "1", "n": 60}'), 'what is stored is not');
SELECT throws_ok(
    format('EXECUTE send(%L, %L)', 'market:T1ETH-T1USD', '{"id": "1", "n": 40}'), 'TR703', NULL,
    'that id on another topic does not stand for it'
);
RESET ROLE;
SET LOCAL timezone = 'Asia/Kathmandu';
SET LOCAL ROLE :relay;
SELECT lives_ok(
    format('EXECUTE send(%L, %L)', 'market:T1BTC-T1USD', '{"id": "2", "n": 61}'), 'in whatever zone the relay is'
);
RESET ROLE;
SELECT is(
    (SELECT m.inserted_at FROM realtime.messages AS m WHERE m.topic = 'market:T1BTC-T1USD' AND m.payload ->> 'n' = '61'),
    now() AT TIME ZONE 'UTC', 'it goes to the day of UTC, which Realtime has a partition for'
);

SELECT finish();
ROLLBACK;
