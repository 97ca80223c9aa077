-- Revert tradebase:events/realtime_access from pg

BEGIN;

CALL ops.guard_revert('events/realtime_access');

DO $$
BEGIN
    IF obj_description(to_regclass('realtime.messages'), 'pg_class') = 'made by tradebase' THEN
        DROP POLICY messages_tradebase_worker_select ON realtime.messages;
        REVOKE SELECT (inserted_at, topic, payload) ON realtime.messages FROM tradebase_worker;
        REVOKE EXECUTE ON FUNCTION realtime.send(jsonb, text, text, boolean) FROM tradebase_worker;
        REVOKE USAGE ON SCHEMA realtime FROM tradebase_worker;
        REVOKE SELECT ON realtime.messages FROM authenticated;
    END IF;
END
$$;

DROP POLICY messages_tradebase_market_select ON realtime.messages;
DROP POLICY messages_tradebase_user_select ON realtime.messages;

COMMIT;
