-- Deploy tradebase:events/realtime_access to pg
-- requires: core/current_user_id
-- requires: market/markets_access

BEGIN;

CALL ops.guard_deploy();

-- Supabase Realtime asks these when somebody joins a private topic: who may read a message of it receives them all. It
-- says in realtime.topic() which that is; of any other no message is shown, to whoever reads the table with a topic of
-- their own in it. No policy for INSERT: what is said on our topics, the relay says.
CREATE POLICY messages_tradebase_user_select ON realtime.messages FOR SELECT TO authenticated
USING (
    extension = 'broadcast' AND topic = (SELECT realtime.topic()) AND topic = 'user:' || (SELECT core.current_user_id())
);

CREATE POLICY messages_tradebase_market_select ON realtime.messages FOR SELECT TO authenticated
USING (
    extension = 'broadcast' AND topic = (SELECT realtime.topic())
    AND EXISTS (SELECT FROM market.markets AS m WHERE 'market:' || m.symbol = (SELECT realtime.topic()))
);

-- Where Realtime is our stand-in it is ours to give: the worker sends and looks whether it is stored. On Supabase the
-- owner relays, by pg_cron or as tradebase relay's login, who may both.
DO $$
BEGIN
    IF obj_description(to_regclass('realtime.messages'), 'pg_class') = 'made by tradebase' THEN
        GRANT SELECT ON realtime.messages TO authenticated;
        GRANT USAGE ON SCHEMA realtime TO tradebase_worker;
        GRANT EXECUTE ON FUNCTION realtime.send(jsonb, text, text, boolean) TO tradebase_worker;
        GRANT SELECT (inserted_at, topic, payload) ON realtime.messages TO tradebase_worker;
        CREATE POLICY messages_tradebase_worker_select ON realtime.messages FOR SELECT TO tradebase_worker USING (TRUE);
    END IF;
END
$$;

COMMIT;
