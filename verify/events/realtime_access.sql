-- Verify tradebase:events/realtime_access on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want, ', ') INTO missing
    FROM unnest(ARRAY['messages_tradebase_user_select', 'messages_tradebase_market_select']) AS want
    WHERE NOT EXISTS (
        SELECT FROM pg_policy
        WHERE
            polrelid = 'realtime.messages'::regclass AND polname = want AND polcmd = 'r'
            AND polroles = ARRAY['authenticated'::regrole::oid]
    );
    ASSERT missing IS NULL, format('realtime.messages: missing policy %s', missing);
    ASSERT (SELECT relrowsecurity FROM pg_class WHERE oid = 'realtime.messages'::regclass),
        'realtime.messages: row level security is off';
END
$$;

ROLLBACK;
