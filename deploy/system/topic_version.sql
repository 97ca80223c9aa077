-- Deploy tradebase:system/topic_version to pg
-- requires: events/outbox_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.topic_version(topic text)
RETURNS text
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    -- What belongs to a topic changes under one lock, under which its event is written: of two states of it the later has
    -- the higher id. Of a user's topic nobody is told, nor of one that is none.
    RETURN coalesce((
        SELECT to_char(o.incarnation, 'FM00000') || '.' || to_char(o.id, 'FM0000000000000000000')
        FROM events.outbox AS o
        WHERE
            o.topic = topic_version.topic
            AND (o.topic LIKE 'market:%' OR o.topic = 'config' OR o.topic = 'flags')
        ORDER BY o.id DESC
        LIMIT 1
    ), '00000.0000000000000000000');
END
$$;

COMMENT ON FUNCTION system.topic_version(text) IS
'A version of what a public topic is about, market:<symbol>, config or flags: text that sorts as its states came one '
'after the other, over restores too; the least where nothing has happened for as long as events are kept. Read it in the '
'statement that reads the state.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.topic_version(text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION system.topic_version(text) TO anon, authenticated;

COMMIT;
