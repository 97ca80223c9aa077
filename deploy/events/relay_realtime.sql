-- Deploy tradebase:events/relay_realtime to pg
-- requires: events/acknowledge
-- requires: events/add_consumer
-- requires: events/clear_aside
-- requires: events/read
-- requires: events/read_aside
-- requires: events/report_failure
-- requires: events/set_aside

BEGIN;

CALL ops.guard_deploy();

-- As whoever may call realtime.send(): on Supabase the owner, who cannot give that on.
CREATE FUNCTION events.send_realtime(message jsonb, event text, topic text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
-- What says when a message was stored is a timestamp without a zone.
SET timezone = 'UTC'
AS $$
BEGIN
    -- It swallows whatever goes wrong: what counts is the message.
    PERFORM realtime.send(message, event, topic, TRUE);
    PERFORM FROM realtime.messages AS m
    WHERE
        m.inserted_at >= LOCALTIMESTAMP AND m.topic = send_realtime.topic
        AND m.payload ->> 'id' = send_realtime.message ->> 'id';
    IF NOT found THEN
        RAISE EXCEPTION 'realtime.send() did not store the message'
            USING ERRCODE = 'TR703', HINT = 'It warned why: of a missing partition of realtime.messages, most often.';
    END IF;
END
$$;

COMMENT ON FUNCTION events.send_realtime(jsonb, text, text) IS
'Sends one private message by realtime.send() and looks whether it is stored. TR703 it is not.';

CREATE FUNCTION events.relay_realtime(max_events integer DEFAULT 25, max_bytes integer DEFAULT 256000)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    e        record;
    last     record;
    message  jsonb;
    seen     integer := 0;
    sent     integer := 0;
    -- What failed though something else did not, which tells it from a channel that is down.
    failed   bigint[] := '{}'::bigint[];
    times    timestamptz[] := '{}'::timestamptz[];
    reasons  text[] := '{}'::text[];
    problem  text;
BEGIN
    -- Each message is two subtransactions, ours and that of realtime.send(): more than 64 would slow every snapshot of the
    -- server.
    IF (max_events BETWEEN 1 AND 25 AND max_bytes >= 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'max_events is 1 to 25, max_bytes at least 1000'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', CASE WHEN (max_events BETWEEN 1 AND 25) IS NOT TRUE THEN 'max_events' ELSE 'max_bytes' END
            );
    END IF;

    FOR e IN SELECT r.* FROM events.read('realtime', max_events) AS r LOOP
        last := e;
        seen := seen + 1;
        -- Engines and caches read elsewhere.
        CONTINUE WHEN e.topic NOT LIKE 'user:%' AND e.topic NOT LIKE 'market:%';
        message := e.payload || jsonb_build_object('id', e.stream_id, 'at', e.created_at);
        IF octet_length(message::text) > max_bytes THEN
            PERFORM events.set_aside(
                'realtime', e.id, e.created_at, format('%s bytes, %s at most', octet_length(message::text), max_bytes)
            );
            CONTINUE;
        END IF;
        BEGIN
            PERFORM events.send_realtime(message, e.event, e.topic);
            sent := sent + 1;
        EXCEPTION WHEN OTHERS THEN -- whatever Realtime says, the others' messages go on
            problem := format('%s %s', sqlstate, sqlerrm);
            failed := failed || e.id;
            times := times || e.created_at;
            reasons := reasons || problem;
            -- Three in a row and none that went through.
            EXIT WHEN sent = 0 AND cardinality(failed) = 3;
        END;
    END LOOP;

    -- Nothing came through. Does anything? One that can never be sent would stop all others else. Nobody may join this topic.
    IF problem IS NOT NULL AND sent = 0 THEN
        BEGIN
            PERFORM events.send_realtime(jsonb_build_object('id', last.stream_id), 'probe', 'probe');
        EXCEPTION WHEN OTHERS THEN -- the cursor stays: all of it comes again
            PERFORM events.report_failure('realtime', problem);
            RETURN 0;
        END;
    END IF;
    FOR i IN 1..cardinality(failed) LOOP
        PERFORM events.set_aside('realtime', failed[i], times[i], reasons[i]);
    END LOOP;
    IF seen > 0 THEN
        PERFORM events.acknowledge('realtime', last.upto_xid, last.id, seen);
    END IF;

    FOR e IN SELECT a.* FROM events.read_aside('realtime') AS a LOOP
        message := e.payload || jsonb_build_object('id', e.id::text, 'at', e.created_at);
        BEGIN
            IF octet_length(message::text) > max_bytes THEN
                RAISE EXCEPTION '% bytes, % at most', octet_length(message::text), max_bytes USING ERRCODE = 'TR703';
            END IF;
            PERFORM events.send_realtime(message, e.event, e.topic);
            PERFORM events.clear_aside('realtime', e.id);
            seen := seen + 1;
        EXCEPTION WHEN OTHERS THEN -- it stays where it is
            PERFORM events.set_aside('realtime', e.id, e.created_at, format('%s %s', sqlstate, sqlerrm));
        END;
    END LOOP;
    RETURN seen;
END
$$;

COMMENT ON FUNCTION events.relay_realtime(integer, integer) IS
'Sends the next events of users and markets, at most max_events, on the private topics of the same names by '
'realtime.send(), and moves the cursor of consumer realtime in the same transaction: each is sent once. Returns how many '
'events are done, those of other topics among them. An event above max_bytes, or that fails where others do not, is set '
'aside and sent later; where all fail, a probe too, nothing moves, and events.status() says why. Call it again at once '
'when it returns max_events or more. TR701 there is no such consumer: events.add_consumer(''realtime''); TR010 invalid argument.';

GRANT EXECUTE ON FUNCTION events.send_realtime(jsonb, text, text) TO tradebase_worker;
GRANT EXECUTE ON FUNCTION events.relay_realtime(integer, integer) TO tradebase_worker;

COMMIT;
